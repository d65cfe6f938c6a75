import { defineConfig } from 'vitest/config'

// Vitest loads `graphql` twice (ESM and CommonJS) unless it is pinned to one file, and a
// GraphQLError of the other copy would turn into a masked 500.
const alias = { graphql: 'graphql/index.js' }

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'node',
          include: ['{db,schema,server}/**/*.test.ts'],
          environment: 'node',
          globalSetup: ['db/testing-cluster.ts'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'web',
          include: ['web/**/*.test.{ts,tsx}'],
          environment: 'jsdom',
          setupFiles: ['web/testing-setup.ts'],
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['web/e2e/**/*.spec.ts'],
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
