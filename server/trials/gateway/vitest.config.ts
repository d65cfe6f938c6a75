import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** `npm run test:gateway`: separate from the other tests, because it installs a gateway from npm. */
export default defineConfig({
  root: join(import.meta.dirname, '../../..'),
  resolve: { alias: { graphql: 'graphql/index.js' } }, // as in the other tests: one copy
  test: {
    include: ['server/trials/gateway/walk.ts'],
    environment: 'node',
    globalSetup: ['db/testing/cluster.ts'],
    testTimeout: 20_000,
    hookTimeout: 180_000,
  },
})
