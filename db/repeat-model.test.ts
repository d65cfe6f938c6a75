import { expect, it, onTestFinished } from 'vitest'
import { connect } from './client.ts'
import type { Task, TaskRepeat } from './tables.ts'
import { everyChangeColumn, type RecordedChange, readChanges } from './task-history.ts'
import { createTask, findTasks, updateTask } from './tasks.ts'
import { silentLog } from './testing/cluster.ts'
import { databaseForFile } from './testing/database.ts'
import { readRuns, seededRandom, testSeed } from './testing/random.ts'
import { by, newOwner, newTask } from './testing/tasks.ts'

const { url, db, pool } = await databaseForFile()

/** The must-show figure is 1,000: REPEAT_OPERATIONS=1000. */
const operations = readRuns('REPEAT_OPERATIONS', { local: 150, ci: 1_000 })

const repeats: TaskRepeat[] = [
  { every: 1, unit: 'DAY', from: 'DUE_DATE' },
  { every: 2, unit: 'WEEK', weekdays: ['MONDAY', 'FRIDAY'], from: 'DUE_DATE' },
  { every: 1, unit: 'MONTH', from: 'DUE_DATE' },
  { every: 1, unit: 'YEAR', from: 'DUE_DATE' },
]
const dates = ['2996-02-29', '2999-01-30', '2999-01-31']

type ModelTask = {
  completed: boolean
  inTrash: boolean
  isUntouched: boolean
  follows: string | undefined
}

/** What must follow from the completions and reopenings, in the order of the history. */
function createModel() {
  const tasks = new Map<string, ModelTask>()
  const nextOf = (id: string) => [...tasks].find(([, { follows }]) => follows === id)

  /** The change that must come after this one, of a next task. Undefined: none. */
  function apply({ taskId, kind, before, after }: RecordedChange, follows: string | undefined) {
    const task = tasks.get(taskId)
    if (kind === 'CREATED') {
      tasks.set(taskId, { completed: false, inTrash: false, isUntouched: true, follows })
      return undefined
    }
    if (!task) throw new Error(`The task ${taskId} changes before it is created.`)
    if (kind !== 'UPDATED') {
      task.inTrash = kind === 'DELETED'
      return undefined
    }
    task.isUntouched = false
    task.completed = after?.completedAt !== null
    if (task.completed === (before?.completedAt !== null)) return undefined
    const [nextId, next] = nextOf(taskId) ?? []
    if (!task.completed) {
      const isTaken = next?.isUntouched && !next.inTrash
      return isTaken ? { kind: 'DELETED', taskId: nextId } : undefined
    }
    if (!next) return { kind: 'CREATED' }
    return next.inTrash ? { kind: 'RESTORED', taskId: nextId } : undefined
  }

  return { tasks, apply }
}

it(`completions and reopenings by three clients at once equal the model (${operations} operations, TEST_SEED=${testSeed})`, async () => {
  const connections = [connect(url, silentLog), connect(url, silentLog)]
  onTestFinished(async () => {
    for (const { close } of connections) await close()
  })
  const clients = [db, ...connections.map((connection) => connection.db)]
  const ada = by(newOwner('ada'))
  const random = seededRandom(testSeed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const ids: string[] = []
  for (const repeat of repeats) {
    const task = await createTask(
      db,
      ada,
      newTask({ repeat, dueOn: pick(dates), labels: ['Home'] }),
    )
    ids.push((task as Task).id)
  }

  for (let done = 0; done < operations; done += clients.length) {
    // Mostly the latest tasks, and often the same one from all clients.
    const same = pick(ids.slice(-6))
    await Promise.all(
      clients.map((client) => {
        const id = random() < 0.5 ? same : pick(ids)
        const values = random() < 0.1 ? { title: `Title ${done}` } : { completed: random() < 0.6 }
        return updateTask(client, ada, id, values)
      }),
    )
    const { rows } = await pool.query('select id from tasks where user_id = $1', [ada.ownerId])
    for (const { id } of rows) if (!ids.includes(id)) ids.push(id)
  }

  const { rows } = await pool.query<{ id: string; follows: string | null }>(
    'select id, follows from tasks where user_id = $1',
    [ada.ownerId],
  )
  const followed = new Map(rows.map(({ id, follows }) => [id, follows ?? undefined]))
  const changes: RecordedChange[] = []
  for (let page: typeof changes = []; page.length > 0 || changes.length === 0; ) {
    const request = { after: changes.at(-1)?.position ?? 0, limit: 500, columns: everyChangeColumn }
    page = (await readChanges(db, ada.ownerId, request)).changes
    changes.push(...page)
  }
  const model = createModel()
  let expected: ReturnType<typeof model.apply>
  for (const change of changes) {
    if (expected) expect(change).toMatchObject(expected)
    const made = change.kind === 'CREATED' && expected
    // A change of the trash, and a task after the first ones, only follow from another change.
    const mayStandAlone = change.kind === 'UPDATED' || change.position <= repeats.length
    expect(expected !== undefined || mayStandAlone).toBe(true)
    if (made) expect(followed.get(change.taskId)).toBe(changes[change.position - 2]?.taskId)
    expected = model.apply(change, followed.get(change.taskId))
  }
  expect(expected).toBeUndefined()

  const open = [...model.tasks].filter(([, { inTrash }]) => !inTrash)
  const found = await findTasks(
    db,
    ada.ownerId,
    rows.map(({ id }) => id),
  )
  expect(found.map(({ id, completedAt }) => [id, completedAt !== null]).sort()).toEqual(
    open.map(([id, { completed }]) => [id, completed]).sort(),
  )
  const follows = rows.flatMap((row) => row.follows ?? [])
  expect(new Set(follows).size).toBe(follows.length)
  expect(rows).toHaveLength(model.tasks.size)
}, 600_000)
