import { describe, expect, it } from 'vitest'
import { encodeChangeCursor } from '#db/change-cursors.ts'
import { createTask, updateTask } from '#db/tasks.ts'
import { databaseForFile } from '#db/testing/database.ts'
import { by, newTask } from '#db/testing/tasks.ts'
import { deleteTask, purgeTask, restoreTask } from '#db/trash.ts'
import { asViewer, type Caller } from '../testing.ts'
import { taskIdOf } from './task-ids.ts'

const { db, pool } = await databaseForFile()

type Change = { id: string; cursor: string; kind: string; taskId: string; task: object | null }
type Page = { nodes: Change[]; pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean } }

const document = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: TaskChangeFilter) {
  taskChanges(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    nodes {
      id cursor kind taskId task { title deletedAt } occurredAt actor { id kind name }
      before { ...State } after { ...State } undoes undoneBy
    }
    pageInfo { hasNextPage hasPreviousPage }
  }
}
fragment State on TaskState { title description completedAt dueOn priority labels deletedAt }`

const read = (caller: Caller, variables: object = {}) =>
  caller.get<Page>(document, { ...variables })
const refusal = (caller: Caller, after: string) => caller.refusalOf(document, { after })

async function create(caller: Caller, title = 'Write'): Promise<string> {
  const task = await createTask(db, by(caller.id), newTask({ title }))
  if (typeof task === 'string') throw new Error(task)
  return task.id
}

/** A caller whose history has this many changes: each creates a task. */
async function callerWith(changes: number): Promise<Caller> {
  const caller = asViewer(db)
  for (let n = 0; n < changes; n++) await create(caller)
  return caller
}

const dropUpTo = (caller: Caller, position: number) =>
  pool.query('update task_histories set kept_after = $2 where user_id = $1', [caller.id, position])

describe('taskChanges', () => {
  it('returns each kind of change with the values before and after, the oldest first', async () => {
    const ada = asViewer(db)
    const id = await create(ada, 'Write')
    await updateTask(db, by(ada.id), id, { title: 'Read', completed: true })
    await deleteTask(db, by(ada.id), id)
    await restoreTask(db, by(ada.id), id)
    await deleteTask(db, by(ada.id), id)
    await purgeTask(db, by(ada.id), id)
    const { nodes } = await read(ada)
    const isTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/)
    const written = {
      title: 'Write',
      description: null,
      completedAt: null,
      dueOn: null,
      priority: 'MEDIUM',
      labels: [],
      deletedAt: null,
    }
    const completed = { ...written, title: 'Read', completedAt: isTime }
    const deleted = { ...completed, deletedAt: isTime }
    const common = {
      id: expect.any(String),
      cursor: expect.any(String),
      taskId: taskIdOf({ id }),
      task: null,
      occurredAt: isTime,
      actor: { id: expect.any(String), kind: 'PERSON', name: 'Ada' },
      undoes: null,
      undoneBy: null,
    }
    expect(nodes).toEqual([
      { ...common, kind: 'CREATED', before: null, after: written },
      { ...common, kind: 'UPDATED', before: written, after: completed },
      { ...common, kind: 'DELETED', before: completed, after: deleted },
      { ...common, kind: 'RESTORED', before: deleted, after: completed },
      { ...common, kind: 'DELETED', before: completed, after: deleted },
      { ...common, kind: 'PURGED', before: deleted, after: null },
    ])
  })

  it('pages back from the latest change to the oldest', async () => {
    const ada = await callerWith(5)
    const everything = await read(ada)
    const pages: Page[] = []
    for (let before: string | undefined; pages.length < 3; ) {
      pages.unshift(await read(ada, { last: 2, before }))
      before = pages[0]?.nodes[0]?.cursor
    }
    expect(pages.flatMap(({ nodes }) => nodes)).toEqual(everything.nodes)
    expect(pages.map(({ pageInfo }) => pageInfo)).toEqual([
      { hasNextPage: true, hasPreviousPage: false },
      { hasNextPage: true, hasPreviousPage: true },
      { hasNextPage: false, hasPreviousPage: true },
    ])
  })

  it.each([
    [{ last: 2, first: 2 }, 'last'],
    [{ before: 'x' }, 'before'],
    [{ last: 501 }, 'last'],
    [{ last: 2, before: 'x' }, 'before'],
  ])('refuses the arguments %j', async (variables, field) => {
    const refusal = await asViewer(db).refusalOf(document, variables)
    expect(refusal).toEqual({ code: 'BAD_USER_INPUT', field })
  })

  it('shows a task as it is now, also in the trash', async () => {
    const ada = asViewer(db)
    const id = await create(ada, 'Old')
    await updateTask(db, by(ada.id), id, { title: 'New' })
    const tasksOf = async () => (await read(ada)).nodes.map(({ task }) => task)
    const now = { title: 'New', deletedAt: null }
    expect(await tasksOf()).toEqual([now, now])
    await deleteTask(db, by(ada.id), id)
    const deleted = { title: 'New', deletedAt: expect.any(String) }
    expect(await tasksOf()).toEqual([deleted, deleted, deleted])
  })

  it('pages from cursor to cursor without gap or repetition', async () => {
    const ada = await callerWith(5)
    const everything = await read(ada)
    const pages: Page[] = []
    for (let after: string | undefined; pages.length < 3; ) {
      pages.push(await read(ada, { first: 2, after }))
      after = pages.at(-1)?.nodes.at(-1)?.cursor
    }
    expect(pages.flatMap(({ nodes }) => nodes)).toEqual(everything.nodes)
    expect(pages.map(({ pageInfo }) => pageInfo)).toEqual([
      { hasNextPage: true, hasPreviousPage: false },
      { hasNextPage: true, hasPreviousPage: true },
      { hasNextPage: false, hasPreviousPage: true },
    ])
    const last = everything.nodes.at(-1)?.cursor
    expect((await read(ada, { after: last })).nodes).toEqual([])
    await create(ada, 'Later')
    expect((await read(ada, { after: last })).nodes).toMatchObject([{ task: { title: 'Later' } }])
  })

  it('continues from changesCursor with what the page of tasks does not have', async () => {
    const ada = asViewer(db)
    const cursor = async () =>
      (await ada.get<{ changesCursor: string }>('{ tasks { changesCursor } }')).changesCursor
    const first = await cursor()
    await create(ada)
    expect((await read(ada, { after: first })).nodes).toMatchObject([{ kind: 'CREATED' }])
    expect((await read(ada, { after: await cursor() })).nodes).toEqual([])
  })

  it('says which change took another one back', async () => {
    const ada = await callerWith(1)
    const { rows } = await pool.query('select id from tasks where user_id = $1', [ada.id])
    const client = await pool.connect()
    const settings = {
      owner: ada.id,
      actor: JSON.stringify(by(ada.id).actor),
      undoes: JSON.stringify({ [rows[0].id]: 1 }),
    }
    await client.query('begin')
    for (const [name, value] of Object.entries(settings)) {
      await client.query('select set_config($1, $2, true)', [`taskward.${name}`, value])
    }
    await client.query('update tasks set deleted_at = now() where id = $1', [rows[0].id])
    await client.query('commit')
    client.release()
    const [created, deleted] = (await read(ada)).nodes
    expect(created).toMatchObject({ undoes: null, undoneBy: deleted?.id })
    expect(deleted).toMatchObject({ undoes: created?.id, undoneBy: null })
  })

  it.each([0, 501])('refuses first: %i', async (first) => {
    const ada = await callerWith(0)
    expect(await ada.refusalOf(document, { first })).toEqual({
      code: 'BAD_USER_INPUT',
      field: 'first',
    })
  })

  it('shows nothing of other owners', async () => {
    const [ada, bob] = [await callerWith(1), await callerWith(2)]
    const adas = (await read(ada)).nodes.map(({ taskId }) => taskId)
    const bobs = (await read(bob)).nodes.map(({ taskId }) => taskId)
    expect([adas.length, bobs.length]).toEqual([1, 2])
    expect(bobs).not.toContain(adas[0])
    expect((await read(bob, { filter: { taskId: adas[0] } })).nodes).toEqual([])
  })
})

describe('the filter of taskChanges', () => {
  it('selects by task, by actor and by time, all together', async () => {
    const ada = asViewer(db)
    const script = { kind: 'ACCESS_TOKEN', id: 'key-1', name: 'Backup script' } as const
    const id = await create(ada)
    await create(ada)
    await updateTask(db, { ownerId: ada.id, actor: script }, id, { title: 'Changed' })
    const all = await ada.get<{ nodes: { occurredAt: string; actor: { id: string } }[] }>(
      '{ taskChanges { nodes { occurredAt actor { id } } } }',
    )
    const [first, , third] = all.nodes
    const count = async (filter: object) => (await read(ada, { filter })).nodes.length
    expect(await count({ taskId: taskIdOf({ id }) })).toBe(2)
    expect(await count({ actorId: first?.actor.id })).toBe(2)
    expect(await count({ actorId: third?.actor.id })).toBe(1)
    expect(await count({ occurredAtOrAfter: first?.occurredAt })).toBe(3)
    expect(await count({ occurredAtOrAfter: '9000-01-01T00:00:00Z' })).toBe(0)
    expect(await count({ taskId: taskIdOf({ id }), actorId: third?.actor.id })).toBe(1)
  })

  it.each([{ taskId: 'x' }, { actorId: 'x' }])('matches nothing with %o', async (filter) => {
    const ada = await callerWith(1)
    expect((await read(ada, { filter })).nodes).toEqual([])
  })
})

describe('a cursor of taskChanges', () => {
  const badInput = { code: 'BAD_USER_INPUT', field: 'after' }

  it('is refused when it is altered', async () => {
    const ada = await callerWith(2)
    const [change] = (await read(ada)).nodes
    const cursor = change?.cursor ?? ''
    const other = cursor.startsWith('M') ? 'N' : 'M'
    const altered = ['', 'x', `${cursor}=`, other + cursor.slice(1), cursor.slice(0, -1)]
    const text = Buffer.from(cursor, 'base64url').toString()
    for (const changed of [text.replace(/^1/, '2'), text.replace(/^1/, '01'), `${text} `]) {
      altered.push(Buffer.from(changed).toString('base64url'))
    }
    for (const after of altered) expect(await refusal(ada, after)).toEqual(badInput)
  })

  it('is refused when it is of another owner, or from the future', async () => {
    const [ada, bob] = [await callerWith(1), await callerWith(1)]
    const [change] = (await read(bob)).nodes
    expect(await refusal(ada, change?.cursor ?? '')).toEqual(badInput)
    expect(await refusal(ada, encodeChangeCursor(ada.id, 2))).toEqual(badInput)
    expect(await refusal(ada, encodeChangeCursor(ada.id, 1))).toBeUndefined()
  })

  it('has expired when changes after it are no longer kept', async () => {
    const ada = await callerWith(3)
    await dropUpTo(ada, 2)
    const refusalAt = (position: number) => refusal(ada, encodeChangeCursor(ada.id, position))
    const expired = { code: 'CURSOR_EXPIRED', field: 'after' }
    expect([await refusalAt(0), await refusalAt(1)]).toEqual([expired, expired])
    expect([await refusalAt(2), await refusalAt(3)]).toEqual([undefined, undefined])
    expect(await ada.refusalOf(document)).toBeUndefined()
  })
})
