import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as client from 'openid-client'

/** A native OAuth client: it registers itself, and waits at a loopback address for a code. */
export type ThirdPartyApp = {
  /** The address that it opens in the user's browser. */
  createAuthorizationUrl: (scope: string, redirectUri?: string) => Promise<string>
  /** Resolves to the address of the redirect back to it. */
  waitForRedirect: () => Promise<URL>
  /** Exchanges the code of the redirect for tokens. */
  exchangeCode: () => Promise<client.TokenEndpointResponse>
  refresh: (refreshToken: string) => Promise<client.TokenEndpointResponse>
  stop: () => void
}

/** @param hosted more redirect URIs, on the web. */
export async function startThirdPartyApp(
  url: string,
  name: string,
  { hosted = [], hasSecret = false }: { hosted?: string[]; hasSecret?: boolean } = {},
): Promise<ThirdPartyApp> {
  const { redirectUri, redirected, stop } = await listen()
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
    async createAuthorizationUrl(scope, redirect_uri = redirectUri) {
      const { href } = client.buildAuthorizationUrl(config, {
        redirect_uri,
        scope,
        state,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      })
      return href
    },
    waitForRedirect: () => redirected,
    exchangeCode: async () =>
      client.authorizationCodeGrant(config, await redirected, {
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
  const redirected = new Promise<URL>((resolve) => {
    server.on('request', ({ url = '/' }, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html', Connection: 'close' })
      response.end('<!doctype html><title>Notebook</title><h1>You can close this page</h1>')
      if (url.startsWith('/callback')) resolve(new URL(url, redirectUri))
    })
  })
  return { redirectUri, redirected, stop: () => server.close() }
}
