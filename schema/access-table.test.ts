import { describe, expect, it } from 'vitest'
import { createsTasks, readsEmail } from './access.ts'
import { accessModule, accessTable } from './access-table.ts'
import { schema, sdl } from './index.ts'
import { grantableScopes } from './scopes.ts'

describe('the access table', () => {
  const table = accessTable(schema)

  it('has the rules that the fields enforce', () => {
    expect(table['Viewer.email']).toBe(readsEmail)
    expect(table['Mutation.createTask']).toBe(createsTasks)
    expect(table['Task.title']).toBeUndefined()
  })

  it('has every field that the printed schema protects', () => {
    const isProtected = (rule: object) => !('public' in rule)
    const printed = sdl.match(/(?<!directive )@(authenticated|requiresScopes)/g) ?? []
    expect(Object.values(table).filter(isProtected)).toHaveLength(printed.length)
    expect(printed.length).toBeGreaterThan(10)
  })

  it('has every scope that a program can be given', () => {
    const [, scopes = ''] = /scopeMeanings = (\{[^}]*\})/.exec(accessModule(schema)) ?? []
    expect(Object.keys(JSON.parse(scopes)).sort()).toEqual(grantableScopes)
  })
})
