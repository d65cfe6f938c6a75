import { describe, expect } from 'vitest'
import { expectedOutcome, type Outcome, outcomeOf, reach } from '../testing/access.ts'
import { places } from '../testing/contract.ts'
import { credentialKinds } from '../testing/credentials.ts'
import { it } from '../testing/test.ts'

/*
 * As access.test.ts, but with issued credentials: calls every protected field with every kind of
 * credential and every set of scopes.
 */

describe.each(credentialKinds)('$name', ({ scopeSets, credentialOf }) => {
  const credentials: [scopes: string[], credential: string][] = []
  it.beforeAll(async ({ app, ada }) => {
    for (const scopes of scopeSets) {
      credentials.push([scopes, await credentialOf(app, ada, scopes)])
    }
  })

  it('authenticates its owner with exactly the scopes that it was issued for', async ({
    app,
    ada,
  }) => {
    for (const [scopes, credential] of credentials) {
      const { body } = await app.query('{ viewer { id scopes } }', {}, credential)
      expect(body).toEqual({ data: { viewer: { id: ada.id, scopes: scopes.toSorted() } } })
    }
  })

  it.for(places)(
    'may use $name with the scopes of its directive only',
    async (place, { app, ada }) => {
      const outcomes: Record<string, Outcome> = {}
      const expected: typeof outcomes = {}
      for (const [scopes, credential] of credentials) {
        const set = scopes.join(' ') || 'none'
        outcomes[set] = outcomeOf(await reach({ app, ada }, place, credential))
        expected[set] = expectedOutcome(place, scopes)
      }
      expect(outcomes).toEqual(expected)
    },
  )
})
