import { and, desc, eq, getTableColumns, gt, gte, lte, or, type SQL, sql } from 'drizzle-orm'
import { type AnyPgColumn, alias } from 'drizzle-orm/pg-core'
import type { ActorKey } from './actor-brakes.ts'
import { type Author, transactionAs } from './as-owner.ts'
import type { Db } from './client.ts'
import { keyOf } from './folding.ts'
import { type Task, type TaskChangeRow, type TaskState, taskChanges, tasks } from './tables.ts'
import { readSpellings } from './undo-labels.ts'
import { planUndo, type Undoable, type UndoConflictReason, type UndoStep } from './undo-plan.ts'

/** Max changes that one call takes back. */
export const maxUndone = 1_000

/** The changes to take back. All given conditions hold together. */
export type UndoRequest = {
  positions?: readonly number[] | undefined
  actor?: ActorKey | undefined
  occurredAtOrAfter?: string | undefined // ISO 8601
  occurredAtOrBefore?: string | undefined
}

/** A change with its task as it is now, also in the trash. Null: it is purged. */
export type UndoneChange = TaskChangeRow & { undoneBy: number | null; task: Task | null }

export type UndoOutcome = {
  /** The new changes, each of which takes one back: that of the newest first. */
  changes: UndoneChange[]
  /** The changes that were not taken back, the newest first. */
  conflicts: { change: UndoneChange; reason: UndoConflictReason }[]
  /** Whether more changes match the request than a call takes back. */
  hasMore: boolean
}

/**
 * Takes changes back, the newest first. docs/decisions/0070 defines when a change can be taken back.
 * @returns undefined when the owner has no change at one of the positions, or none of the actor. Then
 * nothing was changed.
 */
export function undoChanges(
  db: Db,
  author: Author,
  request: UndoRequest,
): Promise<UndoOutcome | undefined> {
  const { ownerId } = author
  return transactionAs(db, author, async (tx) => {
    const { isKnown, position, now } = await readFacts(tx, ownerId, request)
    if (!isKnown) return undefined
    const found = await listUndoable(tx, ownerId, request)
    const changes = found.slice(0, maxUndone)
    const spellings = await readSpellings(tx, ownerId, changes)
    const { passes, conflicts } = planUndo(changes, spellings.respell, now)
    if (passes.length > 0) {
      await spellings.store()
      await tx.execute(sql`select take_back(${JSON.stringify(passes.map(toRows))}::jsonb)`)
    }
    const positions = sql.param(conflicts.map((conflict) => conflict.position))
    const read = await readChanges(
      tx,
      ownerId,
      or(
        gt(taskChanges.position, position),
        sql`${taskChanges.position} = any(${positions}::bigint[])`,
      ),
    )
    const byPosition = new Map(read.map((change) => [change.position, change]))
    return {
      changes: read
        // Not those that follow from them: next tasks of repeating ones (migration 0024).
        .filter((change) => change.position > position && change.undoes !== null)
        .sort((one, other) => (other.undoes ?? 0) - (one.undoes ?? 0)),
      conflicts: conflicts.flatMap((conflict) => {
        const change = byPosition.get(conflict.position)
        return change ? [{ change, reason: conflict.reason }] : []
      }),
      hasMore: found.length > maxUndone,
    }
  })
}

type Facts = { isKnown: boolean; position: number; now: string }

/** `position`: of the last change. `now`: the time of the database. */
async function readFacts(tx: Db, ownerId: string, { positions, actor }: UndoRequest) {
  const wanted = [...new Set(positions)]
  const isOwn = eq(taskChanges.userId, ownerId)
  const { rows } = await tx.execute<{ isKnown: boolean; position: string; now: string }>(sql`
    select (select count(*) = ${wanted.length} from ${taskChanges}
             where ${isOwn} and position = any(${sql.param(wanted)}::bigint[]))
       and (${actor === undefined} or exists (
             select from ${taskChanges} where ${and(isOwn, actor && isBy(taskChanges, actor))})) as "isKnown",
      coalesce((select position from task_histories where user_id = ${ownerId}), 0) as position,
      to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as now`)
  const [row] = rows
  return { ...row, isKnown: row?.isKnown === true, position: Number(row?.position) } as Facts
}

type Changes = Record<'actorKind' | 'actorId' | 'occurredAt', AnyPgColumn>

function isBy(changes: Changes, { kind, id }: ActorKey): SQL | undefined {
  return and(eq(changes.actorKind, kind), eq(changes.actorId, id))
}

function conditionOf(changes: Changes, request: UndoRequest): SQL | undefined {
  const { actor, occurredAtOrAfter, occurredAtOrBefore } = request
  return and(
    actor && isBy(changes, actor),
    occurredAtOrAfter === undefined ? undefined : gte(changes.occurredAt, occurredAtOrAfter),
    occurredAtOrBefore === undefined ? undefined : lte(changes.occurredAt, occurredAtOrBefore),
  )
}

const undoneBy = sql<
  number | null
>`undoer_of(${taskChanges.userId}, ${taskChanges.position})`.mapWith(Number)
const undo = alias(taskChanges, 'undo')
const undoTree = sql<
  [number, number][]
>`(select coalesce(json_agg(json_build_array(at, undone)), '[]')
  from undo_tree(${taskChanges.userId}, ${taskChanges.position}))`
const current = sql<TaskState>`task_state(${tasks.title}, ${tasks.description}, ${tasks.completedAt},
  ${tasks.dueOn}, ${tasks.priority}, ${tasks.labels}, ${tasks.deletedAt}, ${tasks.repeat})`

/**
 * The changes of the request, the newest first, and one more than a call takes back. Without positions,
 * changes that are undone already are left out, unless the request also takes back what has undone them.
 */
async function listUndoable(tx: Db, ownerId: string, request: UndoRequest): Promise<Undoable[]> {
  const { positions } = request
  const isWanted = positions
    ? sql`${taskChanges.position} = any(${sql.param([...positions])}::bigint[])`
    : sql`not exists (select from ${taskChanges} as undo where undo.user_id = ${ownerId}
        and undo.position = undoer_of(${taskChanges.userId}, ${taskChanges.position})
        and not (${conditionOf(undo, request) ?? sql`true`}))`
  const rows = await tx
    .select({
      position: taskChanges.position,
      taskId: taskChanges.taskId,
      kind: taskChanges.kind,
      before: taskChanges.before,
      after: taskChanges.after,
      undoTree,
      current: sql<TaskState | null>`case when ${tasks.id} is not null then ${current} end`,
    })
    .from(taskChanges)
    .leftJoin(tasks, and(eq(tasks.userId, ownerId), eq(tasks.id, taskChanges.taskId)))
    .where(and(eq(taskChanges.userId, ownerId), conditionOf(taskChanges, request), isWanted))
    .orderBy(desc(taskChanges.position))
    .limit(maxUndone + 1)
  return rows
}

async function readChanges(tx: Db, ownerId: string, condition: SQL | undefined) {
  const rows = await tx
    .select({ change: getTableColumns(taskChanges), undoneBy, task: getTableColumns(tasks) })
    .from(taskChanges)
    .leftJoin(tasks, and(eq(tasks.userId, ownerId), eq(tasks.id, taskChanges.taskId)))
    .where(and(eq(taskChanges.userId, ownerId), condition))
  return rows.map(({ change, undoneBy, task }) => ({ ...change, undoneBy, task }))
}

/** The arguments of take_back (migration 0019). */
function toRows(steps: readonly UndoStep[]) {
  return steps.map(({ taskId, undoes, state }) => ({
    ...state,
    repeat: state.repeat ?? null,
    id: taskId,
    undoes,
    titleKey: keyOf(state.title),
    descriptionKey: state.description === null ? null : keyOf(state.description),
    labelKeys: state.labels.map(keyOf),
  }))
}
