import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ada, startServer } from '../testing/server.ts'

beforeEach(() => vi.resetModules())

const need = {
  allowed: false,
  requiresToken: true,
  requiredScopes: [['email']],
  missingScopes: ['email'],
  tokenUrl: 'https://tasks.example/developer?scopes=email',
}

async function openPlayground() {
  const server = startServer({ account: ada })
  server.answers['/graphql'] = () => Response.json({ data: { need0: need, need1: need } })
  const { listNeeds, scopesInWords } = await import('./operation-needs.ts')
  const { becomeIdentity } = await import('./identity.ts')
  const asked = () => server.sent('/graphql').at(-1)
  return { server, asked, listNeeds, scopesInWords, becomeIdentity }
}

describe('listNeeds', () => {
  it('asks about each operation by its name', async () => {
    const { asked, listNeeds } = await openPlayground()
    const document = 'query A { viewer { email } } query B { viewer { id } }'
    expect(await listNeeds(document)).toEqual([
      { ...need, name: 'A' },
      { ...need, name: 'B' },
    ])
    expect(asked().variables).toEqual({ document })
    expect(asked().query).toContain(
      'need1: operationAccess(document: $document, operationName: "B")',
    )
  })

  it('asks about an operation that has no name', async () => {
    const { asked, listNeeds } = await openPlayground()
    expect(await listNeeds('{ viewer { email } }')).toEqual([{ ...need, name: undefined }])
    expect(asked().query).toContain('need0: operationAccess(document: $document) {')
  })

  it('sends the chosen token', async () => {
    const { server, listNeeds, becomeIdentity } = await openPlayground()
    becomeIdentity({ token: 'chosen', scopes: [] })
    await listNeeds('{ viewer { email } }')
    expect(server.requests.at(-1)?.authorization).toBe('Bearer chosen')
  })

  it('sends no request for an incomplete document, and returns nothing for a refused one', async () => {
    const { server, listNeeds } = await openPlayground()
    expect(await listNeeds('{ viewer {')).toEqual([])
    expect(server.count('/graphql')).toBe(0)
    server.answers['/graphql'] = () => Response.json({ errors: [{ message: 'No.' }], data: null })
    expect(await listNeeds('{ nothing }')).toEqual([])
  })
})

describe('scopesInWords', () => {
  it('lists the sets that are enough', async () => {
    const { scopesInWords } = await openPlayground()
    expect(
      scopesInWords([
        ['email', 'tasks:read'],
        ['email', 'tasks:write'],
      ]),
    ).toBe('email and tasks:read, or email and tasks:write')
    expect(scopesInWords([[]])).toBe('')
  })
})
