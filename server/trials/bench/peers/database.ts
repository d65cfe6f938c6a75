import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pool } from 'pg'
import { pino } from 'pino'
import { readEnv } from '../../../env.ts'
import { openMigrated } from '../../../taskward.ts'
import { startDatabase } from '../../database.ts'
import { seedTasks, userIds } from './rows.ts'

export type Task = { id: string; userId: string }

export type BenchDatabase = {
  pool: Pool
  /** What a server needs to use the database and to verify tokens. */
  environment: Record<string, string>
  /** One for each user, signed with the key of Taskward. */
  tokens: Map<string, string>
  close: () => Promise<void>
}

const settings = {
  autovacuum: 'off', // the rows are restored and vacuumed after every measurement that writes
  max_connections: '150',
}
const tokenSeconds = 12 * 60 * 60

/** Starts a PostgreSQL in a temporary directory, with Taskward's tables and the rows of rows.ts. */
export async function openBenchDatabase(issuer: string): Promise<BenchDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'taskward-bench-'))
  const log = { info() {}, warn: console.warn, error: console.error }
  const postgres = await startDatabase({ dataDir, log, settings })
  const stop = async () => {
    await postgres.stop()
    await rm(dataDir, { recursive: true })
  }
  try {
    return await prepare(postgres.url, issuer, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

async function prepare(url: string, issuer: string, stop: () => Promise<void>) {
  const secret = randomBytes(32).toString('hex')
  const variables = { DATABASE_URL: url, BETTER_AUTH_SECRET: secret, BETTER_AUTH_URL: issuer }
  const env = readEnv({ ...variables, NODE_ENV: 'production' })
  const { database, auth } = await openMigrated(env, pino({ level: 'silent' }))
  await seedTasks(database.pool)
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: issuer, aud: issuer, iat: now, exp: now + tokenSeconds }
  const tokens = new Map<string, string>()
  for (const sub of userIds) {
    const body = { ...claims, sub, sid: randomUUID() }
    tokens.set(sub, await auth.api.signAccessToken({ body }))
  }
  const jwks = JSON.stringify(await auth.api.getJwks())
  return {
    pool: database.pool,
    environment: { ...variables, ISSUER: issuer, JWKS: jwks },
    tokens,
    close: async () => {
      await database.close()
      await stop()
    },
  }
}
