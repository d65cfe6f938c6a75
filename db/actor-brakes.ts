import { and, eq, getTableColumns, isNotNull, sql } from 'drizzle-orm'
import type pg from 'pg'
import type { Actor } from './actors.ts'
import { type Author, transactionAs } from './as-owner.ts'
import type { PauseReason } from './brake.ts'
import { type BrakeLimits, defaultLimits } from './brake-limits.ts'
import type { Db } from './client.ts'
import { queryAs, sqlBuilder, statement } from './statements.ts'
import { actorBrakes } from './tables.ts'

/** The actor is a token or an app of the owner. */
export type ActorKey = Pick<Actor, 'kind' | 'id'>

/** An actor that only reads until the person decides. */
export type PausedActor = BrakeLimits & {
  actor: Required<Actor>
  pausedAt: string
  reason: PauseReason
}

/** The paused actors of an owner, the last paused one first. */
export async function listPausedActors(db: Db, ownerId: string): Promise<PausedActor[]> {
  const list = statement<typeof actorBrakes.$inferSelect>('list paused actors', () => {
    const readers = getTableColumns(actorBrakes)
    const paused = sqlBuilder
      .select(readers)
      .from(actorBrakes)
      .where(
        and(eq(actorBrakes.userId, sql.placeholder('ownerId')), isNotNull(actorBrakes.pausedAt)),
      )
      .orderBy(sql`${actorBrakes.pausedAt} desc`, actorBrakes.actorKind, actorBrakes.actorId)
    return { query: paused.toSQL(), readers }
  })
  const rows = await queryAs(db, ownerId, list, {})
  return rows.map((row) => ({
    actor: { kind: row.actorKind, id: row.actorId, name: row.pausedName ?? row.actorId },
    pausedAt: row.pausedAt ?? '',
    reason: row.pauseReason ?? 'CHANGES',
    maxDeletions: Number(row.maxDeletions),
    maxChanges: Number(row.maxChanges),
  }))
}

/**
 * Lets a paused actor go on. Its changes are counted from now on.
 * @returns the actor. Undefined: the owner has no such paused actor.
 */
export async function resumeActor(
  db: Db,
  author: Author,
  { kind, id }: ActorKey,
): Promise<Required<Actor> | undefined> {
  const rows = await transactionAs(db, { ...author, isConnectingRole: true }, async (tx) => {
    const resumed = await tx.execute<{ name: string }>(sql`
      update actor_brakes as brake set paused_at = null, pause_reason = null, resumed_at = clock_timestamp(),
        deletions = 0, changes = 0,
        counted_after = coalesce((select position from task_histories where user_id = ${author.ownerId}), 0)
      where user_id = ${author.ownerId} and actor_kind = ${kind} and actor_id = ${id}
        and paused_at is not null
      returning paused_name as name`)
    return resumed.rows
  })
  const [row] = rows
  return row && { kind, id, name: row.name }
}

/** The limits of an actor, and since when it is paused. */
export type BrakeState = BrakeLimits & { pausedAt: Date | null }

/** The limits that the person has chosen for a token or an app. One that is left out stays as it is. */
export async function setLimits(
  pool: pg.Pool,
  ownerId: string,
  { kind, id }: ActorKey,
  limits: { [Name in keyof BrakeLimits]?: number | null | undefined },
): Promise<void> {
  const { maxDeletions, maxChanges } = limits
  await pool.query(
    `insert into actor_brakes as brake (user_id, actor_kind, actor_id, max_deletions, max_changes)
     values ($1, $2, $3, coalesce($4::int, $6), coalesce($5::int, $7))
     on conflict (user_id, actor_kind, actor_id) do update set
       max_deletions = coalesce($4::int, brake.max_deletions), max_changes = coalesce($5::int, brake.max_changes)`,
    [ownerId, kind, id, maxDeletions, maxChanges, ...Object.values(defaultLimits)],
  )
}

/** @returns a function that gives the state of a token or an app of the owner, by its id. */
export async function readBrakes(
  pool: pg.Pool,
  ownerId: string,
  kind: Actor['kind'],
): Promise<(id: string) => BrakeState> {
  const { rows } = await pool.query<BrakeState & { id: string }>(
    `select actor_id as id, max_deletions as "maxDeletions", max_changes as "maxChanges",
       paused_at as "pausedAt" from actor_brakes where user_id = $1 and actor_kind = $2`,
    [ownerId, kind],
  )
  const states = new Map(rows.map(({ id, ...state }) => [id, state]))
  return (id) => states.get(id) ?? { ...defaultLimits, pausedAt: null }
}

/** When a token is revoked, or an app disconnected. Does nothing if the actor has no row. */
export async function deleteBrake(
  pool: pg.Pool,
  ownerId: string,
  { kind, id }: ActorKey,
): Promise<void> {
  await pool.query(
    'delete from actor_brakes where user_id = $1 and actor_kind = $2 and actor_id = $3',
    [ownerId, kind, id],
  )
}

/**
 * Deletes up to `limit` rows of access tokens that no longer exist. Revoking deletes the row of a token;
 * a new password and an expiry delete tokens alone.
 * @returns the number of deleted rows.
 */
export async function deleteOrphanedBrakes(pool: pg.Pool, limit: number): Promise<number> {
  const { rowCount } = await pool.query(
    `delete from actor_brakes where ctid = any (array(
       select ctid from actor_brakes as brake
        where actor_kind = 'ACCESS_TOKEN' and not exists (select from apikey where id = brake.actor_id)
        limit $1))`,
    [limit],
  )
  return rowCount ?? 0
}
