import type { Account, App } from './testing.ts'
import { scopeSets } from './testing-access.ts'
import { jwtOf, makeAccessToken, narrowed } from './testing-access-tokens.ts'
import { everyScope } from './testing-contract.ts'

/** A kind of credential, and how somebody comes to one that holds exactly these scopes. */
export type Door = {
  name: string
  /** What can be asked of it. */
  scopeSets: string[][]
  credentialOf: (app: App, account: Account, scopes: string[]) => Promise<string>
}

/** Every way into /graphql; what a token may do is the same through all of them. */
export const doors: Door[] = [
  {
    name: 'the token of a session',
    scopeSets: [everyScope],
    credentialOf: async (_app, { token }) => token,
  },
  {
    name: 'an access token',
    scopeSets,
    credentialOf: async (app, account, scopes) =>
      (await makeAccessToken(app, account, scopes)).token,
  },
  {
    name: 'a JWT of an access token',
    scopeSets,
    credentialOf: async (app, account, scopes) =>
      jwtOf(app, (await makeAccessToken(app, account, scopes)).token),
  },
  {
    name: 'the token of a session, narrowed',
    scopeSets: scopeSets.filter((scopes) => scopes.length > 0),
    credentialOf: (app, { token }, scopes) => narrowed(app, token, { scope: scopes.join(' ') }),
  },
  {
    name: 'an access token, narrowed twice',
    scopeSets,
    credentialOf: async (app, account, scopes) => {
      const { token } = await makeAccessToken(app, account, scopes)
      return narrowed(app, await narrowed(app, token, { expires_in: '600' }))
    },
  },
]
