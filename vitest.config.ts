import { defineConfig, defineProject } from 'vitest/config'
import { findInstalledPostgres } from './db/testing/installed-postgres.ts'
import { findChromium } from './web/e2e/chromium.ts'

// Vitest loads `graphql` twice (ESM and CommonJS) unless it is pinned to one file, and a
// GraphQLError of the other copy would turn into a masked 500.
const alias = { graphql: 'graphql/index.js' }

// Only tests in a browser get a second try: elsewhere it would hide a rare fault.
const retry = process.env.CI ? 1 : 0

// Only CI must have a browser: there the tests fail without one.
const hasBrowser = findChromium() !== undefined || Boolean(process.env.CI)
if (!hasBrowser)
  console.warn('No Chromium found: the browser tests are not run. Install chromium to run them.')

// The included PostgreSQL has no pg_dump.
const hasPostgres = findInstalledPostgres() !== undefined || Boolean(process.env.CI)
if (!hasPostgres)
  console.warn(
    'No pg_dump found: the tests of backups are not run. Install postgresql to run them.',
  )
const backupTests = 'server/scripts/backup.test.ts'

const browserTests = defineProject({
  test: {
    name: 'e2e',
    retry,
    include: ['web/e2e/**/*.spec.ts'],
    environment: 'node',
    globalSetup: ['web/e2e/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 10_000 } },
    maxWorkers: 2,
    // After all others: a browser that waits for the processor takes slowness for a fault.
    sequence: { groupOrder: 1 },
    isolate: false,
  },
})

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'node',
          include: ['{db,schema,server}/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...(hasPostgres ? [] : [backupTests])], // of trials that install packages
          environment: 'node',
          isolate: false, // the files share nothing but modules, whose import takes a third of the time
          maxWorkers: 2,
          globalSetup: ['db/testing/cluster.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'web',
          include: ['web/**/*.test.{ts,tsx}'],
          environment: 'jsdom',
          maxWorkers: 2,
          setupFiles: ['web/testing/setup.ts'],
          testTimeout: 60_000,
        },
      },
      ...(hasBrowser ? [browserTests] : []),
    ],
  },
})
