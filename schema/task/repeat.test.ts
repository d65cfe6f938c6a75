import { parse } from 'graphql'
import { beforeEach, describe, expect, it } from 'vitest'
import { databaseForFile } from '#db/testing/database.ts'
import { costOf } from '../cost.ts'
import { asViewer, type Caller } from '../testing.ts'

const { db } = await databaseForFile()
let ada: Caller
beforeEach(() => {
  ada = asViewer(db)
})

const fields = '{ id title dueOn completed repeat { every unit weekdays from } }'
type Task = { id: string; title: string; repeat: object | null }

const weekly = { every: 1, unit: 'WEEK', from: 'DUE_DATE' }
const createDocument = `mutation ($input: CreateTaskInput!) { createTask(input: $input) { task ${fields} } }`
const updateDocument = `mutation ($input: UpdateTaskInput!) { updateTask(input: $input) { task ${fields} } }`
const completeDocument = `mutation ($input: CompleteTaskInput!) { completeTask(input: $input) { task ${fields} next ${fields} } }`
const reopenDocument = `mutation ($input: ReopenTaskInput!) { reopenTask(input: $input) { task ${fields} } }`

const create = async (repeat: object | null, dueOn = '2999-03-01') => {
  const input = { title: 'Water the plants', dueOn, repeat }
  return (await ada.get<{ task: Task }>(createDocument, { input })).task
}
const update = (input: object) => ada.get<{ task: Task }>(updateDocument, { input })
const complete = ({ id }: { id: string }) =>
  ada.get<{ task: Task; next: Task | null }>(completeDocument, { input: { id } })

describe('repeat', () => {
  it('is what was given, with weekdays from Monday on, each once', async () => {
    const weekdays = ['FRIDAY', 'MONDAY', 'FRIDAY']
    const { repeat } = await create({ ...weekly, every: 2, weekdays })
    expect(repeat).toEqual({ ...weekly, every: 2, weekdays: ['MONDAY', 'FRIDAY'] })
  })

  it('stays when it is left out, and ends with null', async () => {
    const { id } = await create(weekly)
    const { task } = await update({ id, title: 'Water all plants' })
    expect(task.repeat).toEqual({ ...weekly, weekdays: null })
    const ended = await update({ id, repeat: null })
    expect(ended.task.repeat).toBeNull()
    expect((await complete(task)).next).toBeNull()
  })

  it.for([
    [{ ...weekly, every: 0 }, 'every'],
    [{ ...weekly, every: 1000 }, 'every'],
    [{ ...weekly, weekdays: [] }, 'weekdays'],
    [{ ...weekly, unit: 'MONTH', weekdays: ['MONDAY'] }, 'weekdays'],
  ] as const)('is refused: %j, because of %s', async ([repeat, field]) => {
    const { id } = await create(null)
    const refusal = { code: 'BAD_USER_INPUT', field }
    const input = { title: 'Water the plants', repeat }
    expect(await ada.refusalOf(createDocument, { input })).toMatchObject(refusal)
    expect(await ada.refusalOf(updateDocument, { input: { id, repeat } })).toMatchObject(refusal)
  })

  it('tells in the message what was given', async () => {
    const input = { title: 'Water the plants', repeat: { ...weekly, every: 1000 } }
    const { errors } = await ada.ask(createDocument, { input })
    expect(errors?.[0]?.message).toBe('every must be 1 to 999, got 1000.')
  })

  it('costs as much as a field without fields', () => {
    const cost = (field: string) =>
      costOf({ document: parse(`{ tasks(first: 100) { nodes { ${field} } } }`) })
    expect(cost('repeat { every unit weekdays from }')).toBe(cost('labels'))
  })

  it('is in the states of the history', async () => {
    const { id } = await create(weekly)
    await update({ id, repeat: null })
    const states = 'before { repeat { unit } } after { repeat { unit } }'
    expect(await ada.get(`{ taskChanges { nodes { ${states} } } }`)).toEqual({
      nodes: [
        { before: null, after: { repeat: { unit: 'WEEK' } } },
        { before: { repeat: { unit: 'WEEK' } }, after: { repeat: null } },
      ],
    })
  })
})

describe('completeTask', () => {
  it('answers the same next task, however often the task is completed', async () => {
    const task = await create(weekly)
    const { next } = await complete(task)
    expect(next).toMatchObject({ title: task.title, dueOn: '2999-03-08', completed: false })
    expect(next?.repeat).toEqual(task.repeat)
    const again = await Promise.all([complete(task), complete(task), complete(task)])
    expect(again.map((payload) => payload.next)).toEqual([next, next, next])
  })

  it('answers no next task of a task that does not repeat', async () => {
    expect((await complete(await create(null))).next).toBeNull()
  })

  it('creates the next task also when updateTask completes, and reopenTask takes it back', async () => {
    const task = await create(weekly)
    await update({ id: task.id, completed: true })
    const open = '{ tasks(filter: { completed: false }) { nodes { id } } trash { nodes { id } } }'
    const { data } = await ada.ask(open)
    const { next } = await complete(task)
    expect(data).toEqual({ tasks: { nodes: [{ id: next?.id }] }, trash: { nodes: [] } })
    await ada.get(reopenDocument, { input: { id: task.id } })
    expect((await ada.ask(open)).data).toEqual({
      tasks: { nodes: [{ id: task.id }] },
      trash: { nodes: [{ id: next?.id }] },
    })
  })
})
