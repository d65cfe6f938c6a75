import { defineConfig } from 'drizzle-kit'

/** Our tables only: Better Auth migrates its own, and drizzle-kit must never see them. */
export default defineConfig({
  dialect: 'postgresql',
  schema: './db/tables.ts',
  out: './db/migrations',
  tablesFilter: [
    'tasks',
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
