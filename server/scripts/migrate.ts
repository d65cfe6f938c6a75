import { readEnv } from '../env.ts'
import { createLog } from '../log/log.ts'
import { openMigrated } from '../taskward.ts'

/* `npm run db:migrate`: migrates the database and exits. `npm start` also migrates. */
try {
  const env = readEnv()
  const { database } = await openMigrated(env, createLog(env))
  await database.close()
  console.log('The database is up to date.')
} catch (error) {
  console.error(`The database was not migrated. ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
