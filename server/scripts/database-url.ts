import { findEmbedded } from '#db/embedded/embedded.ts'
import { readEnv } from '../env.ts'

/* `npm run --silent db:url`: prints the URL of the database, for psql, pg_dump and drizzle-kit. */
try {
  const { databaseUrl, databaseDirectUrl, dataDir } = readEnv()
  const url = databaseDirectUrl ?? databaseUrl ?? (await findEmbedded(dataDir))
  if (url === undefined)
    throw new Error(
      `DATABASE_URL is not set, and no embedded PostgreSQL runs under ${dataDir}. Start Taskward ` +
        'in this directory, or set DATABASE_URL.',
    )
  console.log(url)
} catch (error) {
  console.error(`There is no database. ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
