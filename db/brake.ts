import { sql } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import type { Actor } from './actors.ts'
import type { BrakeLimits } from './brake-limits.ts'

/** Why an actor is paused: too many deletions, or too many changes of any kind. */
export type PauseReason = 'DELETIONS' | 'CHANGES'

/** A statement that the trigger brake_actor has refused (migration 0018). */
export type BrakeRefusal = BrakeLimits & {
  /** False: this statement has exceeded a limit, so the actor must be paused. */
  isPaused: boolean
  reason: PauseReason
  /** When the person let the actor go on, as the row had it. */
  resumedAt: string | null
}

/** SQLSTATE of a refusal. */
const refusalState = 'TW001'

/** Undefined: the error has another cause. Drizzle wraps the errors of the database. */
export function findBrakeRefusal(error: unknown): BrakeRefusal | undefined {
  if (error instanceof pg.DatabaseError && error.code === refusalState)
    return JSON.parse(error.detail ?? '') as BrakeRefusal
  return error instanceof Error ? findBrakeRefusal(error.cause) : undefined
}

/**
 * Records the pause in a transaction of its own, because a refusal rolls back that of the write. It
 * does nothing if the person has let the actor go on since the refusal.
 * @returns whether this call has paused it. Of concurrent refusals, one does.
 */
export async function pauseActor(
  tx: NodePgDatabase,
  { ownerId, actor }: { ownerId: string; actor: Actor },
  { reason, resumedAt }: BrakeRefusal,
): Promise<boolean> {
  const { rowCount } = await tx.execute(sql`
    insert into actor_brakes as brake (user_id, actor_kind, actor_id, paused_at, pause_reason, paused_name)
    values (${ownerId}, ${actor.kind}, ${actor.id}, clock_timestamp(), ${reason}, ${actor.name ?? actor.id})
    on conflict (user_id, actor_kind, actor_id) do update set paused_at = excluded.paused_at,
      pause_reason = excluded.pause_reason, paused_name = excluded.paused_name
    where brake.paused_at is null and brake.resumed_at is not distinct from ${resumedAt}::timestamptz`)
  return rowCount === 1
}

/** The event of a pool, once for each pause, after its commit. */
export const actorPaused = 'actor paused'
export type ActorPaused = { ownerId: string; actor: Actor }
