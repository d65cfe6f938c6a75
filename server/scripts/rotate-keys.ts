import { findEmbedded } from '#db/embedded/embedded.ts'
import { replaceLeakedKeys, rotateKeys } from '../accounts/key-rotation.ts'
import { readEnv } from '../env.ts'
import { recordEvent } from '../log/audit.ts'
import { createLog } from '../log/log.ts'
import { openMigrated } from '../taskward.ts'

/*
 * `npm run keys:rotate`: replaces the signing key; tokens of older keys stay valid until they expire.
 * `npm run keys:rotate -- --leaked`: tokens of older keys are refused immediately.
 */
try {
  const env = readEnv()
  const databaseUrl = env.databaseUrl ?? (await findEmbedded(env.dataDir))
  const log = createLog(env)
  const { database, auth } = await openMigrated({ ...env, databaseUrl }, log)
  const rotate = process.argv.includes('--leaked') ? replaceLeakedKeys : rotateKeys
  const id = await rotate({ auth, pool: database.pool, times: env })
  recordEvent(log, 'key_replaced', { keyId: id })
  await database.close()
  console.log(`Tokens are signed with the key ${id} from now on.`)
} catch (error) {
  console.error(`The keys were not replaced. ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
