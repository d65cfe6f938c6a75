import { readEnv } from '../env.ts'
import { createLog } from '../log/log.ts'
import { openMigrated } from '../taskward.ts'

/* `npm run db:migrate`: brings the database up to date and ends. `npm start` does so by itself. */
try {
  const env = readEnv()
  const { database } = await openMigrated(env, createLog(env))
  await database.close()
  console.log('The database is up to date.')
} catch (error) {
  console.error(`The database was not migrated. ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
