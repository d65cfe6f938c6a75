import type { Db } from '#db/client.ts'
import type { Task } from '#db/tables.ts'
import {
  everyChangeColumn,
  findChangedTasks,
  type HistoryState,
  type RecordedChange,
  readChanges,
  readHistoryState,
} from '#db/task-history.ts'
import { requireKept } from './change-cursors.ts'

/** The source of TaskChange: as it was read, or one whose task is read when it is selected. */
export type Change = Omit<RecordedChange, 'task'> & {
  task: Task | null | (() => Promise<Task | null>)
}

/** Changes for streams, which select different fields of the same objects. */
export type ChangeBatch = HistoryState & { changes: Change[]; hasMore: boolean }

/** Max changes that are read at once, so that a long history is read in pieces. */
const maxBatch = 200

/** Reads the next changes after a position. Their tasks are read at once, when the first is selected. */
export async function readChangeBatch(
  db: Db,
  ownerId: string,
  after: number,
): Promise<ChangeBatch> {
  const request = { after, limit: maxBatch, columns: everyChangeColumn }
  const { changes, ...facts } = await readChanges(db, ownerId, request)
  const kept = changes.filter(({ kind }) => kind !== 'PURGED')
  const ids = [...new Set(kept.map(({ taskId }) => taskId))]
  let tasks: Promise<Map<string, Task>> | undefined

  async function readTask(id: string): Promise<Task | null> {
    tasks ??= findChangedTasks(db, ownerId, ids).catch((error) => {
      tasks = undefined // the next change tries again
      throw error
    })
    return (await tasks).get(id) ?? null
  }

  return {
    ...facts,
    changes: changes.map((change) => ({
      ...change,
      task: change.kind === 'PURGED' ? null : () => readTask(change.taskId),
    })),
  }
}

/**
 * Where a stream begins, and where the history stands.
 * @throws badUserInput or cursorExpired for a position that is not kept (change-cursors.ts).
 */
export async function findStart(
  db: Db,
  ownerId: string,
  after: number | undefined,
): Promise<{ start: number; position: number }> {
  const state = await readHistoryState(db, ownerId)
  if (after !== undefined) requireKept(after, state)
  return { start: after ?? state.position, position: state.position }
}
