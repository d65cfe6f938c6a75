import { describe, expect } from 'vitest'
import { expectedOutcome, type Outcome, outcomeOf, reach } from '../testing/access.ts'
import type { Account } from '../testing/app.ts'
import { places } from '../testing/contract.ts'
import { credentialKinds } from '../testing/credentials.ts'
import { it } from '../testing/test.ts'

/*
 * As access.test.ts, but with issued credentials: calls every protected field with every kind of
 * credential and every set of scopes.
 */

describe.each(credentialKinds)('$name', ({ scopeSets, credentialOf }) => {
  const credentials: [scopes: string[], credential: string][] = []
  // A user of its own, because an account may have 50 access tokens.
  let owner: Account
  it.beforeAll(async ({ app }) => {
    owner = await app.signUp('Ada')
    for (const scopes of scopeSets) {
      credentials.push([scopes, await credentialOf(app, owner, scopes)])
    }
  })

  it('authenticates its owner with exactly the scopes that it was issued for', async ({ app }) => {
    for (const [scopes, credential] of credentials) {
      const { body } = await app.query('{ viewer { id scopes } }', {}, credential)
      expect(body).toEqual({ data: { viewer: { id: owner.id, scopes: scopes.toSorted() } } })
    }
  })

  it.for(places)('may use $name with the scopes of its directive only', async (place, { app }) => {
    const outcomes: Record<string, Outcome> = {}
    const expected: typeof outcomes = {}
    for (const [scopes, credential] of credentials) {
      const set = scopes.join(' ') || 'none'
      outcomes[set] = outcomeOf(await reach({ app, ada: owner }, place, credential))
      expected[set] = expectedOutcome(place, scopes)
    }
    expect(outcomes).toEqual(expected)
  })
})
