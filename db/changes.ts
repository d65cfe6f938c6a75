import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import pg from 'pg'
import { z } from 'zod'
import { connectionOptions } from './client.ts'
import { listEndedSessions } from './ended-sessions.ts'
import type { Log } from './log.ts'

/** As it is announced on the channel, mostly by triggers, once the transaction is committed. */
const Announcement = z.union([
  z.object({
    task: z.string(),
    owner: z.string(),
    kind: z.enum(['CREATED', 'UPDATED', 'DELETED']),
  }),
  z.object({ endedSession: z.string() }),
  z.object({ keysChanged: z.literal(true) }),
])

const channel = 'taskward'

/** A change to a task, whichever instance or program made it. */
export type ChangedTask = { id: string; ownerId: string; kind: 'CREATED' | 'UPDATED' | 'DELETED' }

export type ChangeListener = {
  taskChanged: (task: ChangedTask) => void
  sessionEnded: (sessionId: string) => void
  /** A key that tokens are verified with was added or taken away. */
  keysChanged?: () => void
  /** Every session that ended before this moment (of `performance.now`) has been told of. */
  current: (asOf: number) => void
  /** The connection was lost and is back; changes of tasks in between were missed. */
  interrupted: () => void
}

export type ChangesOptions = {
  /** The server itself, as LISTEN does not work behind a transaction pooler. Unset: as the pool. */
  directUrl: string | undefined
  /** The way of every other statement: proves at the start that what is announced there is heard. */
  pool: pg.Pool
  listener: ChangeListener
  log: Log
}

const pingMs = 250
const patienceMs = 700
const maxPauseMs = 500

/**
 * Tells the listener what happens in the database, on one connection of its own, which a ping
 * watches and which is replaced when it is lost.
 * @returns a function that ends it.
 * @throws Error when the connection cannot be made, or nothing is heard on it.
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
      log.info({}, 'Changes are heard again')
      listener.interrupted()
    }
  }

  async function listenAgain(): Promise<pg.Client> {
    hangUp(client)
    for (let pause = 10; ; pause = Math.min(2 * pause, maxPauseMs)) {
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

/** LISTEN comes first: what is committed after it is heard, what was committed before it is read. */
async function listen({ directUrl, pool, listener }: ChangesOptions): Promise<pg.Client> {
  const client = new pg.Client({
    ...connectionOptions(directUrl ?? unpooled(pool.options.connectionString ?? '')),
    application_name: 'taskward-changes',
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_000,
  })
  client.on('error', () => {}) // the next ping fails, and tells
  client.on('notification', ({ payload }) => tell(listener, payload))
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

/** Neon's pooled host has the name of the direct one, and "-pooler". */
function unpooled(url: string): string {
  return url.replace(/-pooler(?=\.[\w.-]+\.neon\.tech\b)/, '')
}

/** A pooler takes LISTEN without complaint and hands nothing on: better to know before serving. */
async function startListening(options: ChangesOptions): Promise<pg.Client> {
  const client = await listen(options)
  const heard = new Promise((resolve) => client.once('notification', resolve))
  try {
    await options.pool.query('select pg_notify($1, $2)', [channel, '{}'])
    await Promise.race([heard, tooLate(3_000)])
    return client
  } catch (cause) {
    hangUp(client)
    throw new Error(
      'Changes in the database are not heard: LISTEN needs a connection to the server itself, not ' +
        'to a pooler, and to the same database. Set DATABASE_DIRECT_URL to one.',
      { cause },
    )
  }
}

/** To every instance. No trigger does it: the table is not ours. */
export async function announceChangedKeys(pool: pg.Pool): Promise<void> {
  await pool.query('select pg_notify($1, $2)', [channel, JSON.stringify({ keysChanged: true })])
}

function tell(listener: ChangeListener, payload: string | undefined): void {
  const { data } = Announcement.safeParse(parseJson(payload))
  if (!data) return // of a version that knows more than this one
  if ('keysChanged' in data) listener.keysChanged?.()
  else if ('endedSession' in data) listener.sessionEnded(data.endedSession)
  else listener.taskChanged({ id: data.task, ownerId: data.owner, kind: data.kind })
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

/** Resolves with the reason. A connection whose other end is silently gone is noticed as well. */
async function untilLost(client: pg.Client, listener: ChangeListener): Promise<string> {
  try {
    for (;;) {
      await sleep(pingMs)
      const asOf = performance.now()
      await Promise.race([client.query('select 1'), tooLate(patienceMs)])
      listener.current(asOf)
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function tooLate(ms: number): Promise<never> {
  await sleep(ms, undefined, { ref: false })
  // After a long pause of this process timers come before sockets: the answer may be there already.
  await turn()
  throw new Error(`No answer for ${ms} ms`)
}

/** Without waiting: a connection that is lost would never confirm. */
function hangUp(client: pg.Client): void {
  client.end().catch(() => {})
}
