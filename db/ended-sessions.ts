import type pg from 'pg'

/**
 * For so long after its end a session is remembered: no token of it is good any more then. Tokens
 * live for 15 minutes; the rest is for clocks that differ, and for a token in the making.
 */
const remembered = '20 minutes'
export const rememberedMs = 20 * 60_000

/** Common table expressions: forget some of those whose tokens have all expired. */
export const forgetExpired = `expired as (
    select session_id from ended_sessions where ended_at < now() - interval '${remembered}'
    order by ended_at limit 100 for update skip locked
  ), forgotten as (
    delete from ended_sessions using expired
    where ended_sessions.session_id = expired.session_id
  )`

/**
 * Announces the end of a session to every instance once this is committed (a trigger does), and
 * forgets some of those whose tokens have all expired. A session ends once, however often it is
 * said.
 */
export async function recordEndedSession(pool: pg.Pool, sessionId: string): Promise<void> {
  await pool.query(
    `with ${forgetExpired}
     insert into ended_sessions (session_id) values ($1) on conflict do nothing`,
    [sessionId],
  )
}

/** Those of which a token may still be around. */
export async function listEndedSessions(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ session_id: string }>(
    `select session_id from ended_sessions where ended_at >= now() - interval '${remembered}'`,
  )
  return rows.map((row) => row.session_id)
}
