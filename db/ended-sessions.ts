import type pg from 'pg'

/**
 * How long an ended session is kept. By then all of its tokens have expired: a token lives for 15
 * minutes, plus 5 for clock skew and for a token that is being issued.
 */
const retention = '20 minutes'
export const rememberedMs = 20 * 60_000

/** Common table expressions that delete up to 100 sessions whose tokens have all expired. */
export const forgetExpired = `expired as (
    select session_id from ended_sessions where ended_at < now() - interval '${retention}'
    order by ended_at limit 100 for update skip locked
  ), forgotten as (
    delete from ended_sessions using expired
    where ended_sessions.session_id = expired.session_id
  )`

/**
 * Records that a session has ended. After the commit, a trigger notifies every instance. Also
 * deletes up to 100 expired rows. Recording the same session again changes nothing.
 */
export async function recordEndedSession(pool: pg.Pool, sessionId: string): Promise<void> {
  await pool.query(
    `with ${forgetExpired}
     insert into ended_sessions (session_id) values ($1) on conflict do nothing`,
    [sessionId],
  )
}

/** The ended sessions that may still have an unexpired token. */
export async function listEndedSessions(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ session_id: string }>(
    `select session_id from ended_sessions where ended_at >= now() - interval '${retention}'`,
  )
  return rows.map((row) => row.session_id)
}
