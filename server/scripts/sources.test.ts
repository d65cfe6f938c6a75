import { expect, it } from 'vitest'
import { isSource } from './sources.mjs'

it.each([
  'server/main.ts',
  'server/tokens/jwt.ts',
  'server/docs-site/site.ts',
  'server/scripts/build.mjs',
  'db/migrations/0000_create_tasks.sql',
  'docs/limits.md',
  'web/tasks/task-list.module.css',
])('builds again when %s changes', (file) => {
  expect(isSource(file)).toBe(true)
})

it.each([
  'server/tokens/jwt.test.ts',
  'server/testing/app.ts',
  'server/trials/bench/latency/run.ts',
  'server/scripts/migrate.ts',
  'db/testing/cluster.ts',
  'web/testing/server.ts',
  'web/e2e/tasks.spec.ts',
  'web/gql/graphql.ts',
  'docs/decisions/0001-a-choice.md',
  'docs/task-page.png',
])('does not build again when %s changes', (file) => {
  expect(isSource(file)).toBe(false)
})
