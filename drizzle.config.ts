import { execFileSync } from 'node:child_process'
import { defineConfig } from 'drizzle-kit'

// drizzle-kit does not see the policies, which are written by hand in the migrations.
if (process.argv.includes('push'))
  throw new Error(
    'drizzle-kit push would drop every policy and disable row-level security. ' +
      'Run npm run db:generate and npm run db:migrate.',
  )

/** Of DATABASE_URL, or of the embedded PostgreSQL that runs now. `generate` needs no database. */
function readUrl(): string {
  if (process.argv.includes('generate')) return ''
  return execFileSync('npm', ['run', '--silent', 'db:url'], { encoding: 'utf8' }).trim()
}

/** Our tables only: Better Auth migrates its own, and drizzle-kit must never see them. */
export default defineConfig({
  dialect: 'postgresql',
  schema: './db/tables.ts',
  out: './db/migrations',
  dbCredentials: { url: readUrl() },
  tablesFilter: [
    'tasks',
    'task_histories',
    'task_changes',
    'actor_brakes',
    'task_counts',
    'task_grams',
    'labels',
    'task_creations',
    'ended_sessions',
    'followed_owners',
    'rate_limits',
    'app_grants',
  ],
})
