import { describe, expect, it } from 'vitest'
import { lackOf } from './builder.ts'
import { forbidden } from './errors.ts'

const viewer = {
  id: 'ada',
  email: undefined,
  scopes: ['tasks:read'],
  tokenOrigins: [],
  actor: { kind: 'APP', id: 'widget', name: 'Widget' } as const,
  expiresAt: 0,
}
const empties = { coordinate: 'Mutation.emptyTrash', token: true, scopes: [['account']] }
const deletes = { coordinate: 'Mutation.deleteTask', token: true, scopes: [['tasks:delete']] }

describe('what a token lacks', () => {
  it('has a page that makes a sufficient token, unless no token can have it', () => {
    const url = 'https://tasks.example.com'
    expect(lackOf(viewer, [deletes], url).tokenUrl).toBe(`${url}/developer?scopes=tasks:delete`)
    const lack = lackOf(viewer, [empties, deletes], url)
    expect(lack).toEqual({
      held: ['tasks:read'],
      missing: ['account', 'tasks:delete'],
      refusedFields: [
        { coordinate: 'Mutation.emptyTrash', requiredScopes: [['account']] },
        { coordinate: 'Mutation.deleteTask', requiredScopes: [['tasks:delete']] },
      ],
      tokenUrl: undefined,
    })
    const { coordinate } = empties
    expect(forbidden({ ...lack, coordinate, required: [['account']] }).message).toBe(
      "The token lacks a scope for Mutation.emptyTrash. Required: account. The token has: tasks:read. It may not use Mutation.deleteTask either. No program can have them: only the user can do this, on Taskward's own pages.",
    )
  })
})
