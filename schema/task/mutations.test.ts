import { beforeEach, describe, expect, it } from 'vitest'
import { databaseForFile } from '#db/testing/database.ts'
import { asViewer, type Caller } from '../testing.ts'

const { db } = await databaseForFile()
let ada: Caller
let bob: Caller
beforeEach(() => {
  ada = asViewer(db)
  bob = asViewer(db)
})

type Task = {
  id: string
  completedAt: string | null
  updatedAt: string
  createdAt: string
  labels: string[]
}
/** In UTC, to the millisecond. */
const aTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

type Payload = { task: Task }

const fields =
  '{ id title description completed completedAt dueOn priority labels createdAt updatedAt }'
const createDocument = `mutation ($input: CreateTaskInput!) { createTask(input: $input) { task ${fields} } }`
const updateDocument = `mutation ($input: UpdateTaskInput!) { updateTask(input: $input) { task ${fields} } }`
const completeDocument = `mutation ($input: CompleteTaskInput!) { completeTask(input: $input) { task ${fields} } }`
const reopenDocument = `mutation ($input: ReopenTaskInput!) { reopenTask(input: $input) { task ${fields} } }`
const deleteDocument =
  'mutation ($input: DeleteTaskInput!) { deleteTask(input: $input) { deletedTaskId } }'

const run = async (caller: Caller, document: string, input: object) =>
  (await caller.get<Payload>(document, { input })).task
const create = (caller: Caller, input: object = {}) =>
  run(caller, createDocument, { title: 'Write the notes', ...input })
const update = (caller: Caller, input: object) => run(caller, updateDocument, input)
const complete = (caller: Caller, id: string) => run(caller, completeDocument, { id })
const reopen = (caller: Caller, id: string) => run(caller, reopenDocument, { id })
const find = (caller: Caller, id: string) =>
  caller.get<Task | null>(`query ($id: ID!) { task(id: $id) ${fields} }`, { id })

describe('createTask', () => {
  it('trims, sets defaults, and returns the task', async () => {
    const task = await create(ada, { title: '  Write the notes\n' })
    expect(task).toEqual({
      id: expect.any(String),
      title: 'Write the notes',
      description: null,
      completed: false,
      completedAt: null,
      dueOn: null,
      priority: 'MEDIUM',
      labels: [],
      createdAt: aTime,
      updatedAt: task.createdAt,
    })
  })

  it('stores all given values', async () => {
    const input = {
      title: '𝒶'.repeat(255),
      description: '𝒷'.repeat(2000),
      dueOn: '2024-02-29',
      priority: 'HIGH',
      labels: ['Home', 'c'.repeat(50)],
    }
    const { id } = await create(ada, input)
    expect(await find(ada, id)).toMatchObject(input)
  })

  it('uses the existing spelling of a label, and removes duplicates', async () => {
    await create(ada, { labels: ['Home'] })
    expect((await create(ada, { labels: ['HOME', 'work', 'home'] })).labels).toEqual([
      'Home',
      'work',
    ])
    expect((await create(bob, { labels: ['HOME'] })).labels).toEqual(['HOME'])
  })

  const invisible = ['\u200b', '\u2060 \u200d', '\u3164', '\u2800', '\u0301', '\ufe0f']
  const controls = ['\u001b', 'a\u001bb', 'a\tb', 'a\nb', 'a\u0085b', 'a\u2028b']

  it.each([...invisible, ...controls])('refuses %j as a title and as a label', async (text) => {
    const refusals = await Promise.all([
      ada.refusalOf(createDocument, { input: { title: text } }),
      ada.refusalOf(createDocument, { input: { title: 'Write the notes', labels: [text] } }),
    ])
    const code = 'BAD_USER_INPUT'
    expect(refusals).toEqual([
      { code, field: 'title' },
      { code, field: 'labels' },
    ])
  })

  // The last is an emoji of Unicode 16, which Node 20 does not know.
  it.each(['👩‍👩‍👧‍👦', '❤️', '…', 'می‌خواهم', '\u{1fae9}'])('takes %j', async (text) => {
    const { labels } = await create(ada, { title: text, labels: [text] })
    expect(labels).toEqual([text])
  })

  it('counts a label that is given twice once', async () => {
    const ten = Array.from({ length: 10 }, (_, n) => `label ${n}`)
    expect((await create(ada, { labels: [...ten, ' LABEL 0 '] })).labels).toEqual(ten)
    const refusal = await ada.refusalOf(createDocument, {
      input: { title: 'Write the notes', labels: [...ten, 'label 10'] },
    })
    expect(refusal).toEqual({ code: 'BAD_USER_INPUT', field: 'labels' })
  })

  it('creates one task for retries, also for concurrent ones', async () => {
    const input = { title: 'Once', labels: ['Home'], idempotencyKey: 'a' }
    const tasks = await Promise.all([1, 2, 3].map(() => create(ada, input)))
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(1)
    expect(await create(ada, input)).toEqual(tasks[0])
    expect(await ada.get('{ tasks { totalCount } }')).toEqual({ totalCount: 1 })
  })

  it('refuses a key that the same owner used for another input', async () => {
    await create(ada, { idempotencyKey: 'a' })
    const input = { title: 'Another', idempotencyKey: 'a' }
    expect(await ada.refusalOf(createDocument, { input })).toEqual({ code: 'CONFLICT' })
    expect(await bob.refusalOf(createDocument, { input })).toBeUndefined()
  })

  it('creates no second task with the key of a deleted one', async () => {
    const input = { title: 'Once', idempotencyKey: 'a' }
    const { id } = await create(ada, input)
    await ada.get(deleteDocument, { input: { id } })
    expect(await ada.refusalOf(createDocument, { input })).toEqual({ code: 'CONFLICT' })
  })
})

describe('updateTask', () => {
  const given = {
    description: 'All of them',
    dueOn: '2026-11-24',
    priority: 'HIGH',
    labels: ['Home'],
  }

  it('keeps fields that are left out', async () => {
    const { id, ...before } = await create(ada, given)
    const after = await update(ada, { id, title: 'Send the notes' })
    expect(after).toEqual({ id, ...before, title: 'Send the notes', updatedAt: aTime })
    expect(after.updatedAt > before.updatedAt).toBe(true)
  })

  it('clears description and dueOn with null', async () => {
    const { id } = await create(ada, given)
    const cleared = { description: null, dueOn: null }
    expect(await update(ada, { id, ...cleared })).toMatchObject({ ...cleared, priority: 'HIGH' })
  })

  it.each(['title', 'completed', 'priority', 'labels'])('refuses null for %s', async (field) => {
    const { id } = await create(ada)
    const refusal = await ada.refusalOf(updateDocument, { input: { id, [field]: null } })
    expect(refusal).toEqual({ code: 'BAD_USER_INPUT', field })
  })

  it('keeps updatedAt when no value changes', async () => {
    const task = await create(ada, given)
    expect(await update(ada, { id: task.id, ...given })).toEqual(task)
  })

  it('completes and reopens', async () => {
    const { id } = await create(ada)
    expect((await update(ada, { id, completed: true })).completedAt).toEqual(aTime)
    expect((await update(ada, { id, completed: false })).completedAt).toBeNull()
  })

  it('changes a task whose updatedAt is ifUpdatedAt', async () => {
    const { id, updatedAt: ifUpdatedAt } = await create(ada)
    expect(await update(ada, { id, title: 'Send', ifUpdatedAt })).toMatchObject({ title: 'Send' })
  })

  it('changes nothing of a task that has changed since ifUpdatedAt', async () => {
    const { id, updatedAt: ifUpdatedAt } = await create(ada)
    const changed = await update(ada, { id, title: 'Send', labels: ['Home'] })
    const input = { id, title: 'Burn', labels: ['HOME'], ifUpdatedAt }
    expect(await ada.refusalOf(updateDocument, { input })).toEqual({ code: 'CONFLICT' })
    expect(await find(ada, id)).toEqual(changed)
  })
})

describe('completeTask', () => {
  it('keeps the first time when a task is completed twice', async () => {
    const { id } = await create(ada)
    const first = await complete(ada, id)
    expect(first.completedAt).toEqual(aTime)
    expect(await complete(ada, id)).toEqual(first)
  })
})

describe('reopenTask', () => {
  it('clears the time, and the next completion sets a new one', async () => {
    const { id } = await create(ada)
    const first = await complete(ada, id)
    expect(await reopen(ada, id)).toMatchObject({ completed: false, completedAt: null })
    const second = await complete(ada, id)
    expect(String(second.completedAt) > String(first.completedAt)).toBe(true)
  })

  it('does not change an open task', async () => {
    const task = await create(ada)
    expect(await reopen(ada, task.id)).toEqual(task)
  })
})

describe('deleteTask', () => {
  it('returns the id, and the task stays deleted', async () => {
    const { id } = await create(ada)
    const input = { id }
    expect(await ada.get(deleteDocument, { input })).toEqual({ deletedTaskId: id })
    expect(await find(ada, id)).toBeNull()
    expect(await ada.refusalOf(deleteDocument, { input })).toEqual({ code: 'NOT_FOUND' })
  })
})

describe('deleteCompletedTasks', () => {
  const document = 'mutation { deleteCompletedTasks { deletedTaskIds } }'

  it("deletes the caller's completed tasks, and no others", async () => {
    const [done, open, bobs] = [await create(ada), await create(ada), await create(bob)]
    await complete(ada, done.id)
    await complete(bob, bobs.id)
    expect(await ada.get(document)).toEqual({ deletedTaskIds: [done.id] })
    expect(await find(ada, open.id)).not.toBeNull()
    expect(await find(bob, bobs.id)).not.toBeNull()
  })

  it('returns an empty list when no task is completed', async () => {
    await create(ada)
    expect(await ada.get(document)).toEqual({ deletedTaskIds: [] })
  })
})

describe('the task of another user', () => {
  const mutations = {
    updateTask: [updateDocument, { title: 'Mine', labels: ['Home'] }],
    'updateTask of a version': [updateDocument, { ifUpdatedAt: '2026-11-24T00:00:00Z' }],
    completeTask: [completeDocument, {}],
    reopenTask: [reopenDocument, {}],
    deleteTask: [deleteDocument, {}],
  } as const

  it.each(Object.entries(mutations))(
    'is like a missing task for %s',
    async (_name, [document, more]) => {
      const task = await create(bob)
      const ids = [
        task.id,
        idOf('Task:00000000-0000-7000-8000-000000000000'),
        idOf('User:1'),
        '?',
        '',
      ]
      const answers = await Promise.all(
        ids.map((id) => ada.ask(document, { input: { id, ...more } })),
      )
      expect(answers[0]?.errors?.[0]?.extensions).toEqual({ code: 'NOT_FOUND' })
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
      expect(await find(bob, task.id)).toEqual(task)
    },
  )
})

function idOf(text: string): string {
  return Buffer.from(text).toString('base64')
}
