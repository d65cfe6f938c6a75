import { backUp } from '#db/backup.ts'
import { findEmbedded } from '#db/embedded/embedded.ts'
import { readEnv } from '../env.ts'

/* `npm run db:backup -- taskward.dump`: writes all that the database holds into the file. */
const [file] = process.argv.slice(2)
try {
  if (file === undefined) throw new Error('Usage: npm run db:backup -- <file>')
  const { databaseUrl, databaseDirectUrl, dataDir } = readEnv()
  const url = databaseDirectUrl ?? databaseUrl ?? (await findEmbedded(dataDir))
  if (url === undefined)
    throw new Error(
      `DATABASE_URL is not set, and no embedded PostgreSQL runs under ${dataDir}. ` +
        'To back up an embedded PostgreSQL that is stopped, copy that directory.',
    )
  await backUp(url, file)
  console.log(`The database is in ${file}. Keep BETTER_AUTH_SECRET too, in another place.`)
} catch (error) {
  console.error(`There is no backup. ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
