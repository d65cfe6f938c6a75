import { restore } from '#db/backup.ts'
import { readEnv } from '../env.ts'
import { createLog } from '../log/log.ts'

/* `npm run db:restore -- taskward.dump`: restores a backup into the empty database of DATABASE_URL. */
const [file] = process.argv.slice(2)
try {
  if (file === undefined) throw new Error('Usage: npm run db:restore -- <file>')
  const env = readEnv()
  const url = env.databaseDirectUrl ?? env.databaseUrl
  if (url === undefined) throw new Error('Set DATABASE_URL to an empty database.')
  await restore(url, file, createLog(env))
  console.log('The database is restored. Start Taskward with the BETTER_AUTH_SECRET of that time.')
} catch (error) {
  console.error(`The database was not restored. ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
