import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as client from 'openid-client'

/** Another party's program on this computer: it registers itself, and waits on loopback for a code. */
export type ForeignApp = {
  /** Where it sends the browser of whoever wants to connect it. */
  begin: (scope: string, redirectUri?: string) => Promise<string>
  /** Where the browser came back to, once it has. */
  cameBack: () => Promise<URL>
  /** Tokens for the code that came back. */
  finish: () => Promise<client.TokenEndpointResponse>
  refresh: (refreshToken: string) => Promise<client.TokenEndpointResponse>
  stop: () => void
}

/** @param hosted addresses on the web that it registers beside its own. */
export async function startForeignApp(
  url: string,
  name: string,
  { hosted = [], hasSecret = false }: { hosted?: string[]; hasSecret?: boolean } = {},
): Promise<ForeignApp> {
  const { redirectUri, cameBack, stop } = await listen()
  const config = await client.dynamicClientRegistration(
    new URL(url),
    {
      client_name: name,
      redirect_uris: [redirectUri, ...hosted],
      token_endpoint_auth_method: hasSecret ? 'client_secret_basic' : 'none',
      grant_types: ['authorization_code', 'refresh_token'],
    },
    hasSecret ? client.ClientSecretBasic() : client.None(),
    { algorithm: 'oauth2', execute: [client.allowInsecureRequests] },
  )
  const verifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  return {
    async begin(scope, redirect_uri = redirectUri) {
      const { href } = client.buildAuthorizationUrl(config, {
        redirect_uri,
        scope,
        state,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      return href
    },
    cameBack: () => cameBack,
    finish: async () =>
      client.authorizationCodeGrant(config, await cameBack, {
        pkceCodeVerifier: verifier,
        expectedState: state,
      }),
    refresh: (refreshToken) => client.refreshTokenGrant(config, refreshToken),
    stop,
  }
}

async function listen() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const redirectUri = `http://127.0.0.1:${port}/callback`
  const cameBack = new Promise<URL>((resolve) => {
    server.on('request', ({ url = '/' }, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html', Connection: 'close' })
      response.end('<!doctype html><title>Notebook</title><h1>You can close this page</h1>')
      if (url.startsWith('/callback')) resolve(new URL(url, redirectUri))
    })
  })
  return { redirectUri, cameBack, stop: () => server.close() }
}
