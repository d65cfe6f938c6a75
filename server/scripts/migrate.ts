import { openDatabase } from '#db/client.ts'
import { findEmbedded } from '#db/embedded/embedded.ts'
import { listPendingNames } from '#db/migrate.ts'
import { createAuth, listAuthMigrations } from '../accounts/auth.ts'
import { type Env, readEnv } from '../env.ts'
import { createLog, type Logger } from '../log/log.ts'
import { openMigrated } from '../taskward.ts'

/*
 * `npm run db:migrate`: migrates the database and exits. `npm start` also migrates.
 * `npm run db:migrate -- --plan`: lists what is pending and changes nothing.
 */
try {
  const read = readEnv()
  const databaseUrl = read.databaseUrl ?? (await findEmbedded(read.dataDir))
  const env = { ...read, databaseUrl, migrateAtStart: true }
  await (process.argv.includes('--plan') ? plan : migrate)(env, createLog(env))
} catch (error) {
  console.error(`The database was not migrated. ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}

async function migrate(env: Env, log: Logger): Promise<void> {
  const { database } = await openMigrated(env, log)
  await database.close()
  console.log('The database is up to date.')
}

async function plan(env: Env, log: Logger): Promise<void> {
  const database = await openDatabase({ ...env, log })
  try {
    const auth = createAuth({
      ...env,
      ...database,
      secret: 'not used: the plan signs nothing',
      log,
    })
    const names = [...(await listPendingNames(database.pool)), ...(await listAuthMigrations(auth))]
    console.log(names.length > 0 ? ['Pending:', ...names].join('\n  ') : 'Nothing is pending.')
  } finally {
    await database.close()
  }
}
