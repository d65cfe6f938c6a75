import { and, eq, gt } from 'drizzle-orm'
import { expect, it, onTestFinished } from 'vitest'
import { setLimits } from './actor-brakes.ts'
import type { Actor } from './actors.ts'
import { type Author, transactionAs } from './as-owner.ts'
import { connect } from './client.ts'
import { type Task, type TaskState, taskChanges, tasks } from './tables.ts'
import { createTask, type TaskChange, updateTask } from './tasks.ts'
import { silentLog } from './testing/cluster.ts'
import { databaseForFile } from './testing/database.ts'
import { readRuns, seededRandom, testSeed } from './testing/random.ts'
import { newOwner, newTask } from './testing/tasks.ts'
import { createModel, type Forecast, type ModelChange } from './testing/undo-model.ts'
import { deleteCompletedTasks, deleteTask, purgeTask, restoreTask } from './trash.ts'
import { type UndoRequest, undoChanges } from './undo.ts'

const { url, db, pool } = await databaseForFile()

/** npm run test:undo makes 10,000. */
const operations = readRuns('UNDO_OPERATIONS', { local: 300, ci: 1_000 })
const maxMs = 3_600_000

const titles = ['Walk', 'Read', 'Write', 'Sing']
const labels = ['Work', 'work', 'WORK', 'Home', 'HOME', 'Garden']
const dates = [null, '2026-12-24', '2027-01-31']
const priorities = ['LOW', 'MEDIUM', 'HIGH'] as const

it(
  `an undo equals the model, with five actors on two instances (${operations} operations, TEST_SEED=${testSeed})`,
  async () => {
    const other = connect(url, silentLog)
    onTestFinished(other.close)
    const ownerId = newOwner('ada')
    const random = seededRandom(testSeed)
    const below = (number: number) => Math.floor(random() * number)
    const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T
    const person: Actor = { kind: 'PERSON', id: ownerId, name: 'Ada' }
    const programs: Actor[] = [
      { kind: 'ACCESS_TOKEN', id: 'one', name: 'Backup script' },
      { kind: 'ACCESS_TOKEN', id: 'two', name: 'Import' },
      { kind: 'APP', id: 'one', name: 'Notebook' },
    ]
    const limits = { maxDeletions: 100_000, maxChanges: 100_000 }
    for (const actor of programs) await setLimits(pool, ownerId, actor, limits)
    const actors = [person, person, ...programs] // two pages of the person
    const model = createModel()
    let seen = 0
    const counts = { undos: 0, undone: 0, CHANGED_SINCE: 0, PURGED: 0, ALREADY_UNDONE: 0 }

    const instance = () => pick([db, other.db])
    const pickTask = () => pick([...model.tasks.keys(), 'none'])
    const pickLabels = () => {
      const names = Array.from({ length: below(3) }, () => pick(labels))
      return names.filter(
        (name, at) => names.findIndex((n) => n.toLowerCase() === name.toLowerCase()) === at,
      )
    }

    /** The changes since the last call, as the database has them. */
    async function readNew() {
      const rows = await transactionAs(db, ownerId, (tx) =>
        tx
          .select()
          .from(taskChanges)
          .where(and(eq(taskChanges.userId, ownerId), gt(taskChanges.position, seen)))
          .orderBy(taskChanges.position),
      )
      seen = rows.at(-1)?.position ?? seen
      return rows
    }

    /** What the model has just written must be what the database has, with its times. */
    async function settle(expected: (ModelChange | undefined)[]): Promise<void> {
      const rows = await readNew()
      const written = expected.filter((change) => change !== undefined)
      expect(rows.map(({ taskId }) => taskId).sort()).toEqual(
        written.map(({ taskId }) => taskId).sort(),
      )
      for (const change of written) {
        const row = rows.find(
          ({ taskId, undoes }) =>
            taskId === change.taskId && undoes === (change.undoes?.position ?? null),
        )
        const after = row?.after ? inUtc(row.after) : null
        change.position = row?.position ?? 0
        change.occurredAt = row?.occurredAt ?? ''
        adoptTimes(change, after)
        expect(
          row && { before: row.before && inUtc(row.before), after, actor: row.actorId },
        ).toEqual({
          before: change.before,
          after: change.after,
          actor: change.actor.id,
        })
      }
    }

    /** A time that the database has just chosen. The states are shared with `model.tasks`. */
    function adoptTimes({ after }: ModelChange, stored: TaskState | null): void {
      for (const name of ['completedAt', 'deletedAt'] as const)
        if (after?.[name] === 'now') after[name] = stored?.[name] ?? null
    }

    async function create(author: Author) {
      const values = newTask({ title: pick(titles), labels: pickLabels(), dueOn: pick(dates) })
      const { id } = (await createTask(instance(), author, values)) as Task
      const { title, description, dueOn, priority } = values
      const spelled = model.respell(id, values.labels)
      const state = {
        title,
        description,
        completedAt: null,
        dueOn,
        priority,
        labels: spelled,
        deletedAt: null,
      }
      return [model.write(id, author.actor, state)]
    }

    async function edit(author: Author) {
      const id = pickTask()
      const change: TaskChange = pick<() => TaskChange>([
        () => ({ title: pick(titles), priority: pick(priorities) }),
        () => ({ dueOn: pick(dates), description: pick([null, 'On paper']) }),
        () => ({ labels: pickLabels() }),
        () => ({ completed: pick([true, false]) }),
      ])()
      const task = model.tasks.get(id)
      if (!task || task.deletedAt) return []
      await updateTask(instance(), author, id, change)
      const { completed, ...values } = change
      const completedAt =
        completed === undefined ? task.completedAt : completed ? (task.completedAt ?? 'now') : null
      const spelled = values.labels ? model.respell(id, values.labels) : task.labels
      return [model.write(id, author.actor, { ...task, ...values, completedAt, labels: spelled })]
    }

    async function remove(author: Author) {
      const id = pickTask()
      const task = model.tasks.get(id)
      if (!task || task.deletedAt) return []
      await deleteTask(instance(), author, id)
      return [model.write(id, author.actor, { ...task, deletedAt: 'now' })]
    }

    async function restore(author: Author) {
      const id = pick([...model.tasks].filter(([, task]) => task.deletedAt).map(([key]) => key))
      const task = model.tasks.get(id)
      if (!task) return []
      await restoreTask(instance(), author, id)
      return [model.write(id, author.actor, { ...task, deletedAt: null })]
    }

    async function removeCompleted(author: Author) {
      const gone = [...model.tasks].filter(([, task]) => task.completedAt && !task.deletedAt)
      await deleteCompletedTasks(instance(), author)
      return gone.map(([id, task]) => model.write(id, author.actor, { ...task, deletedAt: 'now' }))
    }

    async function purge() {
      const id = pick([...model.tasks].filter(([, task]) => task.deletedAt).map(([key]) => key))
      if (id === undefined) return []
      await purgeTask(instance(), { ownerId, actor: person }, id)
      return [model.write(id, person, null)]
    }

    function pickUndo(): UndoRequest {
      const change = () => pick(model.history)
      const some = Array.from({ length: 1 + below(5) }, () => change().position)
      const recent = model.history.at(-1 - below(Math.min(60, model.history.length)))
      return pick<() => UndoRequest>([
        () => ({ positions: [...new Set(some)] }),
        () => ({ positions: [recent?.position ?? 1] }),
        () => ({ actor: pick(actors), occurredAtOrAfter: recent?.occurredAt ?? '' }),
        () => {
          const [from, to] = [change(), change()].map(({ occurredAt }) => occurredAt).sort()
          return { actor: pick(programs), occurredAtOrAfter: from, occurredAtOrBefore: to }
        },
        () => (below(20) === 0 ? { actor: change().actor } : { positions: some.slice(0, 1) }),
      ])()
    }

    const isUnknown = ({ actor }: UndoRequest) =>
      actor !== undefined &&
      !model.history.some(
        (change) => change.actor.kind === actor.kind && change.actor.id === actor.id,
      )

    async function undo(request: UndoRequest): Promise<Forecast> {
      const forecast = model.undo(request, person, 'now')
      const outcome = await undoChanges(instance(), { ownerId, actor: person }, request)
      if (isUnknown(request)) {
        expect(outcome).toBeUndefined()
        return forecast
      }
      expect(outcome?.conflicts.map(({ change, reason }) => [change.position, reason])).toEqual(
        forecast.conflicts.map(({ change, reason }) => [change.position, reason]),
      )
      expect(outcome?.changes.map(({ undoes }) => undoes)).toEqual(
        forecast.undone.map(({ undoes }) => undoes?.position),
      )
      expect(outcome?.hasMore).toBe(forecast.hasMore)
      await settle(forecast.undone)
      counts.undos++
      counts.undone += forecast.undone.length
      for (const { reason } of forecast.conflicts) counts[reason as 'PURGED']++
      await compare()
      return forecast
    }

    /** Every task of the database equals that of the model. */
    async function compare(): Promise<void> {
      const rows = await transactionAs(db, ownerId, (tx) =>
        tx.select().from(tasks).where(eq(tasks.userId, ownerId)),
      )
      const stored = rows.map(
        ({ id, title, description, completedAt, dueOn, priority, labels, deletedAt }) => [
          id,
          { title, description, completedAt, dueOn, priority, labels, deletedAt },
        ],
      )
      expect(Object.fromEntries(stored)).toEqual(Object.fromEntries(model.tasks))
    }

    for (let count = 0; count < operations; count++) {
      const author: Author = { ownerId, actor: pick(actors) }
      const kind = below(100)
      if (kind < 12 || model.history.length === 0) await settle(await create(author))
      else if (kind < 60) await settle(await edit(author))
      else if (kind < 74) await settle(await remove(author))
      else if (kind < 84) await settle(await restore(author))
      else if (kind < 86) await settle(await purge())
      else if (kind < 87) await settle(await removeCompleted(author))
      else {
        const before = structuredClone([...model.tasks])
        const { undone } = await undo(pickUndo())
        if (undone.length === 0 || below(2) === 0) continue
        const back = await undo({ positions: undone.map(({ position }) => position) })
        if (back.conflicts.length === 0) expect([...model.tasks]).toEqual(before)
      }
    }
    if (process.env.UNDO_OPERATIONS) console.info(model.history.length, 'changes', counts)
  },
  maxMs,
)

function inUtc(state: TaskState): TaskState {
  const toUtc = (time: string | null) => time && new Date(time).toISOString()
  return { ...state, completedAt: toUtc(state.completedAt), deletedAt: toUtc(state.deletedAt) }
}
