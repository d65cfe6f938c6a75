import { jwtOf, makeAccessToken, narrowed } from './access-tokens.ts'
import type { Account, App } from './app.ts'
import { everyScope, grantableScopes } from './contract.ts'
import { registerApp } from './oauth.ts'

/** A kind of credential, and how to get one with exactly the given scopes. */
export type CredentialKind = {
  name: string
  /** The sets of scopes that it can have. */
  scopeSets: string[][]
  credentialOf: (app: App, account: Account, scopes: string[]) => Promise<string>
}

/**
 * None, each scope alone, and all. contract/scope-sets.test.ts tries every set: an account may have 50
 * access tokens only.
 */
const scopeSets = [[], ...grantableScopes.map((scope) => [scope]), grantableScopes]

/** An exchange or a consent cannot request the empty set. */
const someScopes = scopeSets.filter((scopes) => scopes.length > 0)

/** Every kind of credential that /graphql accepts. Equal scopes must give equal access. */
export const credentialKinds: CredentialKind[] = [
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
    scopeSets: someScopes,
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
  { name: 'the token of an app', scopeSets: someScopes, credentialOf: appToken },
  {
    name: 'the token of an app, narrowed',
    scopeSets: someScopes,
    credentialOf: async (app, account, scopes) =>
      narrowed(app, await appToken(app, account, grantableScopes), { scope: scopes.join(' ') }),
  },
]

async function appToken(app: App, account: Account, scopes: string[]): Promise<string> {
  const foreign = await registerApp(app)
  const { access_token } = await foreign.connect(account, { scope: scopes.join(' ') })
  return access_token
}
