import type { Writable } from 'node:stream'
import { findEmbedded } from '#db/embedded/embedded.ts'
import type { Parts } from '../accounts/users.ts'
import { type Env, readEnv } from '../env.ts'
import { createLog } from '../log/log.ts'
import { openMigrated } from '../taskward.ts'

/**
 * Runs the work of an operator's command beside the server, which may be running. With the embedded
 * PostgreSQL it uses the one of that server. `logTo`: default standard output.
 */
export async function withParts(
  logTo: Writable | undefined,
  work: (parts: Parts, env: Env) => Promise<void>,
): Promise<void> {
  const env = readEnv()
  const databaseUrl = env.databaseUrl ?? (await findEmbedded(env.dataDir))
  const log = createLog(env, logTo)
  const { database, auth } = await openMigrated({ ...env, databaseUrl }, log)
  try {
    await work({ ...database, auth, log }, env)
  } finally {
    await database.close()
  }
}
