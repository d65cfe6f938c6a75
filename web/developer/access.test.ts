import { describe, expect, it } from 'vitest'
import { isForPersonOnly, mayUse } from './access.ts'

describe('isForPersonOnly', () => {
  it('is true of a rule whose scopes no token can be given', () => {
    expect(isForPersonOnly({ scopes: [['account']] })).toBe(true)
    expect(isForPersonOnly({ scopes: [['account', 'tasks:read']] })).toBe(true)
  })

  it('is false of a rule that a token can meet', () => {
    expect(isForPersonOnly({ scopes: [['account'], ['tasks:delete']] })).toBe(false)
    expect(isForPersonOnly({ authenticated: true })).toBe(false)
  })
})

describe('mayUse', () => {
  it('knows which scopes delete', () => {
    expect(mayUse('Mutation.deleteTask', ['tasks:write'])).toBe(false)
    expect(mayUse('Mutation.deleteTask', ['tasks:delete'])).toBe(true)
  })
})
