import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { type Database, openDatabase } from '#db/client.ts'
import { migrate } from '#db/migrate.ts'
import { createApp } from './app.ts'
import { type Auth, createAuth, migrateAuth } from './auth.ts'
import type { Env } from './env.ts'
import { createGraphql } from './graphql.ts'
import { createKeySet } from './keys.ts'
import type { Logger } from './log.ts'
import { keptSecret } from './secret.ts'
import { createVerifyToken } from './token.ts'
import { bearerAuthentication } from './viewer.ts'

const graceMillis = 10_000

export type Taskward = {
  /** Where people find it. */
  url: string
  /** Finishes what is in flight, then closes the database; bounded in time. */
  close: () => Promise<void>
}

/**
 * The whole product: database, migrations, keys and the HTTP server, in this order, so that the
 * first request finds everything ready.
 * @throws Error that says what could not be started, and why; nothing is left running then.
 */
export async function startTaskward(env: Env, log: Logger): Promise<Taskward> {
  const { database, auth } = await openMigrated(env, log)
  try {
    const server = createServer(await composeApp(env, database, auth, log))
    await listen(server, env.port)
    return { url: env.baseUrl, close: () => stop(server, database) }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** The database with every table there is, and Better Auth on it with a key to sign with. */
export async function openMigrated(env: Env, log: Logger) {
  const database = await openDatabase({ ...env, log })
  try {
    const secret = env.secret ?? (await keptSecret(env.dataDir))
    const auth = createAuth({ ...env, pool: database.pool, secret, log })
    await migrate(database, () => migrateAuth(auth))
    return { database, auth }
  } catch (error) {
    await database.close()
    throw error
  }
}

async function composeApp(env: Env, { db }: Database, auth: Auth, log: Logger) {
  const keys = createKeySet(() => auth.api.getJwks())
  await keys.reload()
  const verifyToken = createVerifyToken({ keys, baseUrl: env.baseUrl })
  return createApp({
    graphql: createGraphql({ db, authenticate: bearerAuthentication(verifyToken) }),
    auth,
    checkReady: keys.reload, // reads them from the database
    // Beside the bundle in production, in dist when run from the sources.
    clientFolder: join(
      import.meta.dirname,
      import.meta.filename.endsWith('.ts') ? '../dist/web' : '../web',
    ),
    isHttps: env.baseUrl.startsWith('https:'),
    log,
  })
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE'
      reject(
        isTaken
          ? new Error(`Port ${port} is in use. Stop what listens there, or set PORT.`)
          : error,
      )
    })
    server.listen(port, resolve)
  })
}

async function stop(server: Server, database: Database): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  const impatience = setTimeout(() => server.closeAllConnections(), graceMillis)
  await closed
  clearTimeout(impatience)
  await database.close()
}
