import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import pg from 'pg'
import { z } from 'zod'
import type { Log } from './availability.ts'
import { connectionOptions } from './client.ts'
import { listEndedSessions } from './ended-sessions.ts'

/** The payload of a notification. Most are sent by triggers; Postgres delivers them after the commit. */
const Announcement = z.union([
  z.object({ moved: z.string() }),
  z.object({ endedSession: z.string() }),
  z.object({ keysChanged: z.literal(true) }),
])

const channel = 'taskward'

export type ChangeListener = {
  /** The history of the owner has new changes, by any instance or program. */
  historyMoved: (ownerId: string) => void
  sessionEnded: (sessionId: string) => void
  /** A key that verifies tokens was added or removed. */
  keysChanged?: () => void
  /** Every session that ended before this time (of `performance.now`) has been reported. */
  current: (asOf: number) => void
  /** The connection was lost and is restored. Histories may have moved in between. */
  interrupted: () => void
}

export type ChangesOptions = {
  /** URL of the server itself: LISTEN does not work through a transaction pooler. Unset: the URL of the pool. */
  directUrl: string | undefined
  /** Runs all other statements. At the start it sends a test notification, which must arrive. */
  pool: pg.Pool
  listener: ChangeListener
  log: Log
}

/** Pause between two pings of the connection. */
const pingMs = 250
/** Max time for the answer to a ping; then the connection counts as lost. */
const pingTimeoutMs = 700
const maxRetryMs = 500

/**
 * Notifies the listener of changes in the database. Uses one connection of its own, pings it, and
 * replaces it when it is lost.
 * @returns a function that stops listening.
 * @throws Error when the connection fails, or the test notification does not arrive.
 */
export async function listenToChanges(options: ChangesOptions): Promise<() => Promise<void>> {
  const { listener, log } = options
  let client = await startListening(options)
  let isClosed = false

  async function watch(): Promise<void> {
    while (!isClosed) {
      const reason = await untilLost(client, listener)
      if (isClosed) return
      log.warn({ reason }, 'The connection that listens for changes was lost')
      client = await listenAgain()
      if (isClosed) return hangUp(client)
      log.info({}, 'Listening for changes again')
      listener.interrupted()
    }
  }

  async function listenAgain(): Promise<pg.Client> {
    hangUp(client)
    for (let pause = 10; ; pause = Math.min(2 * pause, maxRetryMs)) {
      try {
        return await listen(options)
      } catch {
        if (isClosed) return client
        await sleep(pause)
      }
    }
  }

  const watching = watch()
  return async () => {
    isClosed = true
    hangUp(client)
    await watching
  }
}

/** LISTEN comes first: later commits are notified, earlier ones are read. */
async function listen({ directUrl, pool, listener }: ChangesOptions): Promise<pg.Client> {
  const client = new pg.Client({
    ...connectionOptions(directUrl ?? unpooled(pool.options.connectionString ?? '')),
    application_name: 'taskward-changes',
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_000,
  })
  client.on('error', () => {}) // the next ping fails and reports it
  client.on('notification', ({ payload }) => notify(listener, payload))
  try {
    await client.connect()
    await client.query(`listen ${channel}`)
    const asOf = performance.now()
    for (const id of await listEndedSessions(client)) listener.sessionEnded(id)
    listener.current(asOf)
    return client
  } catch (error) {
    hangUp(client)
    throw error
  }
}

/** The pooled host of Neon is the direct host plus "-pooler". */
function unpooled(url: string): string {
  return url.replace(/-pooler(?=\.[\w.-]+\.neon\.tech\b)/, '')
}

/** A pooler accepts LISTEN and delivers no notification, so this is checked before serving. */
async function startListening(options: ChangesOptions): Promise<pg.Client> {
  const client = await listen(options)
  const received = new Promise((resolve) => client.once('notification', resolve))
  try {
    await options.pool.query('select pg_notify($1, $2)', [channel, '{}'])
    await Promise.race([received, rejectAfter(3_000)])
    return client
  } catch (cause) {
    hangUp(client)
    throw new Error(
      'Notifications from the database do not arrive: LISTEN needs a direct connection to the ' +
        'server, not to a pooler, and to the same database. Set DATABASE_DIRECT_URL to its URL.',
      { cause },
    )
  }
}

/** Notifies every instance. Better Auth owns the table of the keys, so it has no trigger of ours. */
export async function announceChangedKeys(pool: pg.Pool): Promise<void> {
  await pool.query('select pg_notify($1, $2)', [channel, JSON.stringify({ keysChanged: true })])
}

function notify(listener: ChangeListener, payload: string | undefined): void {
  const { data } = Announcement.safeParse(parseJson(payload))
  if (!data) return // from another version
  if ('keysChanged' in data) listener.keysChanged?.()
  else if ('endedSession' in data) listener.sessionEnded(data.endedSession)
  else listener.historyMoved(data.moved)
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

/** Resolves with the reason. Also detects a connection that ended without a message. */
async function untilLost(client: pg.Client, listener: ChangeListener): Promise<string> {
  try {
    for (;;) {
      await sleep(pingMs)
      const asOf = performance.now()
      await Promise.race([client.query('select 1'), rejectAfter(pingTimeoutMs)])
      listener.current(asOf)
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function rejectAfter(ms: number): Promise<never> {
  await sleep(ms, undefined, { ref: false })
  // After a long pause of this process, timers run before sockets: the answer may already be there.
  await turn()
  throw new Error(`No answer for ${ms} ms`)
}

/** Does not wait: a lost connection would never confirm. */
function hangUp(client: pg.Client): void {
  client.end().catch(() => {})
}
