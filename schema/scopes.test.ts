import { describe, expect, it } from 'vitest'
import { everyScope, hasScopes, parseScopes, type RequiredScopes } from './scopes.ts'

describe('parseScopes', () => {
  it('returns every scope for a token without scope and client', () => {
    expect(parseScopes({ sub: 'ada' })).toEqual(everyScope)
  })

  it('returns the scopes of the claim of any other token, sorted and without duplicates', () => {
    const scope = 'tasks:write  email tasks:read email'
    expect(parseScopes({ scope, azp: 'widget' })).toEqual(['email', 'tasks:read', 'tasks:write'])
  })

  it('ignores account, which no program can be given', () => {
    expect(parseScopes({ scope: 'account tasks:read', client_id: 'widget' })).toEqual([
      'tasks:read',
    ])
  })

  it('keeps unknown scopes', () => {
    expect(parseScopes({ scope: 'calendar:read' })).toEqual(['calendar:read'])
  })

  it.each([
    { scope: '' },
    { scope: null },
    { scope: undefined },
    { scope: 7 },
    { scope: ['email'] },
    { scope: { email: true } },
    { client_id: 'widget' },
    { azp: 'widget' },
    { client_id: undefined },
  ])('returns no scope for %j', (claims) => {
    expect(parseScopes(claims)).toEqual([])
  })
})

describe('hasScopes', () => {
  it.each<[held: string[], required: RequiredScopes, has: boolean]>([
    [['email'], [['email']], true],
    [['tasks:read'], [['email']], false],
    [['tasks:write'], [['tasks:read'], ['tasks:write']], true],
    [['email'], [['email', 'tasks:read']], false],
    [['email', 'tasks:read'], [['email', 'tasks:read']], true],
    [['tasks:read'], [['email', 'tasks:write'], ['tasks:read']], true],
    [[], [['email']], false],
    [['email'], [], false],
  ])('%j for any of %j: %s', (held, required, has) => {
    expect(hasScopes(held, required)).toBe(has)
  })
})
