import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Account, type App, startApp } from '../testing.ts'
import { type Outcome, outcomeOf, reach, scopeSets } from '../testing-access.ts'
import { type Place, places } from '../testing-contract.ts'
import { type Gateway, installGateway, removeGateway, startGateway } from './gateway.ts'

/*
 * The walk of access.test.ts through a gateway that somebody else has made: it reads our directives
 * from the supergraph, and lets in and refuses whom we let in and refuse.
 */

let app: App
let ada: Account
let folder: string
let passing: Gateway
let deciding: Gateway
beforeAll(async () => {
  app = await startApp()
  ada = await app.signUp('Ada')
  folder = await installGateway()
  passing = await startGateway(folder, app.url, { decides: false })
  deciding = await startGateway(folder, app.url, { decides: true })
})
afterAll(async () => {
  await passing?.close()
  await deciding?.close()
  await removeGateway(folder)
  await app.close()
})

function tokenOf(scopes: string[] | null): string | undefined {
  if (!scopes) return undefined
  return app.signToken({ sub: ada.id, email: ada.email, scope: scopes.join(' ') })
}

/** The answers to callers without a token, and with every set of scopes. */
async function askAll(place: Place, url = app.url): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const scopes of [null, ...scopeSets]) {
    outcomes.push(outcomeOf(await reach({ app, ada, url }, place, tokenOf(scopes))))
  }
  return outcomes
}

/** A gateway has begun its own stream when Taskward refuses: there the first event says so. */
function asStream(outcome: Outcome): Outcome {
  return { ...outcome, status: 200 }
}

/** The gateway refuses with a code of its own, and then has not asked Taskward. */
function verdictOf({ errors }: Outcome): unknown {
  const [error] = errors
  if (!error) return 'open'
  return error.code === 'UNAUTHORIZED_FIELD_OR_TYPE' ? 'closed' : error.code
}

describe.each(places)('$name', (place) => {
  it('is answered and refused through the gateway as without it', async () => {
    const directly = await askAll(place)
    const expected = place.operation === 'subscription' ? directly.map(asStream) : directly
    expect(await askAll(place, passing.url)).toEqual(expected)
  })

  it('is open to whom the gateway lets in by its own reading of the directives', async () => {
    const expected = (await askAll(place)).map(({ errors }) => (errors[0] ? 'closed' : 'open'))
    expect((await askAll(place, deciding.url)).map(verdictOf)).toEqual(expected)
  })
})
