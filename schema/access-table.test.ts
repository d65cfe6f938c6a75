import { describe, expect, it } from 'vitest'
import { readsEmail, writesTasks } from './access.ts'
import { accessModule, accessTable } from './access-table.ts'
import { schema, sdl } from './index.ts'
import { everyScope } from './scopes.ts'

describe('the access table', () => {
  const table = accessTable(schema)

  it('has the rules that the fields enforce', () => {
    expect(table['Viewer.email']).toBe(readsEmail)
    expect(table['Mutation.createTask']).toBe(writesTasks)
    expect(table['Task.title']).toBeUndefined()
  })

  it('has every field that the printed schema protects', () => {
    const isProtected = (rule: object) => !('public' in rule)
    const printed = sdl.match(/(?<!directive )@(authenticated|requiresScopes)/g) ?? []
    expect(Object.values(table).filter(isProtected)).toHaveLength(printed.length)
    expect(printed.length).toBeGreaterThan(10)
  })

  it('has every scope', () => {
    const [, scopes = ''] = /scopeMeanings = (\{[^}]*\})/.exec(accessModule(schema)) ?? []
    expect(Object.keys(JSON.parse(scopes)).sort()).toEqual(everyScope)
  })
})
