import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type AccountClaims } from 'oidc-provider'

/** A real OpenID provider on this machine, with the login form of its developers. */
export type OpenIdProvider = {
  issuer: string
  /** The environment of an app that uses it. */
  variables: Record<string, string>
  /** Sets where the client may be redirected to. The provider answers from then on. */
  register: (redirectUri: string) => void
  /** By login. Each login without claims has a verified address. */
  people: Map<string, Partial<AccountClaims>>
  stop: () => Promise<void>
}

/** The module of the provider's AsyncLocalStorage. It has no types. */
const providerStorage: string = 'oidc-provider/lib/helpers/als.js'

const clientId = 'taskward'
const clientSecret = 'a secret of the provider and the app'

export async function startOpenIdProvider(): Promise<OpenIdProvider> {
  let handle: RequestListener = (_request, response) => void response.writeHead(503).end()
  const server = createServer((request, response) => handle(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const people: OpenIdProvider['people'] = new Map()
  return {
    issuer,
    people,
    variables: {
      OIDC_ISSUER: issuer,
      OIDC_CLIENT_ID: clientId,
      OIDC_CLIENT_SECRET: clientSecret,
      OIDC_NAME: 'Example ID',
    },
    register(redirectUri) {
      handle = createProvider(issuer, redirectUri, people).callback()
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      // Else Node calls hooks for the promises of all later tests (db/async-storage.ts).
      const { default: storage } = await import(providerStorage)
      storage.disable()
    },
  }
}

function createProvider(
  issuer: string,
  redirectUri: string,
  people: OpenIdProvider['people'],
): Provider {
  return new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    cookies: { keys: ['a key of this test'] },
    findAccount: (_context, sub) => ({
      accountId: sub,
      claims: () => ({
        sub,
        name: `${sub} of the provider`,
        email: `${sub}@example.com`,
        email_verified: true,
        ...people.get(sub),
      }),
    }),
    // The user has allowed the app before.
    async loadExistingGrant({ oidc }) {
      const { client, session } = oidc
      if (!client || !session?.accountId) return undefined
      const grant = new oidc.provider.Grant({
        clientId: client.clientId,
        accountId: session.accountId,
      })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
  })
}
