import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** `npm run test:upgrade`: separate from the other tests, because it installs PostgreSQL 17 from npm. */
export default defineConfig({
  root: join(import.meta.dirname, '../../..'),
  resolve: { alias: { graphql: 'graphql/index.js' } }, // as in the other tests: one copy
  test: {
    include: ['server/trials/upgrade/upgrade.ts'],
    environment: 'node',
    testTimeout: 600_000, // npm installs 60 MB
    hookTimeout: 600_000,
  },
})
