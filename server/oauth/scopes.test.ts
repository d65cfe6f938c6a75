import { expect, it } from 'vitest'
import { explainScopes } from './scopes.ts'

it('a consent page names scopes in the order of the table, whatever the order of the request', () => {
  const requested = ['offline_access', 'tasks:delete', 'tasks:write', 'tasks:read', 'unknown']
  expect(explainScopes(requested).map(({ scope }) => scope)).toEqual([
    'tasks:read',
    'tasks:write',
    'tasks:delete',
    'offline_access',
  ])
})
