import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Outcome, outcomeOf, reach, scopeSets } from '../../testing/access.ts'
import { jwtOf, makeAccessToken } from '../../testing/access-tokens.ts'
import { type Account, type App, manyPoints, startApp } from '../../testing/app.ts'
import { type Place, places } from '../../testing/contract.ts'
import { type Gateway, installGateway, removeGateway, startGateway } from './gateway.ts'

/*
 * As access.test.ts, but through a third-party gateway: it reads our directives from the supergraph,
 * and must allow and refuse the same callers as Taskward.
 */

/** The walk moves more tasks to the trash than the brake allows by default. */
const manyWrites = { maxDeletions: 100_000, maxChanges: 100_000 }

let app: App
let ada: Account
/** No token, then one for every set of scopes. */
const accessTokens: Credentials = [undefined]
/** The same as JWTs, because a gateway that enforces the directives reads their scopes. */
const jwts: Credentials = [undefined]
let folder: string
let passing: Gateway
let deciding: Gateway
beforeAll(async () => {
  app = await startApp({ variables: manyPoints })
  ada = await app.signUp('Ada')
  for (const scopes of scopeSets) {
    const { token } = await makeAccessToken(app, ada, scopes, manyWrites)
    accessTokens.push(token)
    jwts.push(await jwtOf(app, token))
  }
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

type Credentials = (string | undefined)[]

/** The answers for each token, through the gateway if one is given. */
async function askAll(place: Place, credentials: Credentials, url = app.url): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const credential of credentials) {
    outcomes.push(outcomeOf(await reach({ app, ada, url }, place, credential)))
  }
  return outcomes
}

/** A gateway starts its own stream before Taskward refuses, so the first event has the refusal. */
function asStream(outcome: Outcome): Outcome {
  return { ...outcome, status: 200 }
}

/** The gateway refuses with its own code, without calling Taskward. */
function verdictOf({ errors }: Outcome): unknown {
  const [error] = errors
  if (!error) return 'open'
  return error.code === 'UNAUTHORIZED_FIELD_OR_TYPE' ? 'closed' : error.code
}

describe.each(places)('$name', (place) => {
  it('is answered and refused through the gateway as directly', async () => {
    const directly = await askAll(place, accessTokens)
    const expected = place.operation === 'subscription' ? directly.map(asStream) : directly
    expect(await askAll(place, accessTokens, passing.url)).toEqual(expected)
  })

  it('is allowed for the same callers by a gateway that enforces the directives', async () => {
    const directly = await askAll(place, jwts)
    const taken = await askAll(place, jwts, deciding.url)
    expect(taken.map(verdictOf)).toEqual(
      directly.map(({ errors }) => (errors[0] ? 'closed' : 'open')),
    )
  })
})
