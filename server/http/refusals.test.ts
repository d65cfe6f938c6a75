import { describe, expect, it } from 'vitest'
import { invalidToken, rateLimited } from '#schema/errors.ts'
import { answerAuth, answerGraphql, answerMcp, Refusal } from './refusals.ts'

const rateLimit = { limit: 100, remaining: 0, resetAt: '2027-01-01T00:00:00.000Z' }
const refusal = Refusal.from(rateLimited(rateLimit, 7))
const { message } = refusal
const metadataUrl = 'https://tasks.example.com/metadata'
const challenge = { metadataUrl, initialScope: 'tasks:read' }

const ask = (accept: string) => new Request('http://localhost/graphql', { headers: { accept } })

describe('a refusal', () => {
  it('keeps status and headers out of its extensions', () => {
    expect(refusal).toEqual({
      code: 'RATE_LIMITED',
      message,
      status: 429,
      headers: { 'Retry-After': '7' },
      extensions: { rateLimit },
    })
  })

  it.each([
    ['application/json', 'application/json'],
    ['application/graphql-response+json', 'application/graphql-response+json'],
    ['*/*', 'application/json'],
  ])('is an error of GraphQL for a client that accepts %s', async (accept, type) => {
    const response = answerGraphql(refusal, ask(accept), { Response })
    expect([response.status, response.headers.get('Retry-After')]).toEqual([429, '7'])
    expect(response.headers.get('Content-Type')).toBe(`${type}; charset=utf-8`)
    const extensions = { code: 'RATE_LIMITED', rateLimit }
    expect(await response.json()).toEqual({ errors: [{ message, extensions }] })
  })

  it('has only code and message at /api/auth', async () => {
    const response = answerAuth(refusal)
    expect([response.status, response.headers.get('Retry-After')]).toEqual([429, '7'])
    expect(await response.json()).toEqual({ code: 'RATE_LIMITED', message })
  })

  it('is a JSON-RPC error at /mcp', async () => {
    const response = answerMcp(refusal, challenge)
    const error = { code: -32_000, message, data: { code: 'RATE_LIMITED', rateLimit } }
    expect(response.status).toBe(429)
    expect(response.headers.has('WWW-Authenticate')).toBe(false)
    expect(await response.json()).toEqual({ jsonrpc: '2.0', id: null, error })
  })

  it.each([
    [401, 'Bearer', `Bearer scope="tasks:read", resource_metadata="${metadataUrl}"`],
    [401, 'Bearer a="b"', `Bearer a="b", scope="tasks:read", resource_metadata="${metadataUrl}"`],
    [403, 'Bearer scope="x"', `Bearer scope="x", resource_metadata="${metadataUrl}"`],
  ])('names scope and metadata in the challenge of a %i at /mcp: %s', (status, sent, expected) => {
    const headers = { 'WWW-Authenticate': sent }
    const { code } = Refusal.from(invalidToken())
    const answered = answerMcp(new Refusal({ code, message, status, headers }), challenge)
    expect(answered.headers.get('WWW-Authenticate')).toBe(expected)
  })
})
