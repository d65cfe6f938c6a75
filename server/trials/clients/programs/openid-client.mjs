import assert from 'node:assert/strict'
import * as oauth from 'openid-client'
import { allow, signUp, url } from './taskward.mjs'

/* Discovery, registration, a code with PKCE, a refresh and its retry, revocation, and a refusal. */

const ada = await signUp()
const server = new URL(url)
const insecure = { algorithm: 'oauth2', execute: [oauth.allowInsecureRequests] }
const redirect_uri = 'http://127.0.0.1:9/callback'
const metadata = {
  client_name: 'Notebook',
  redirect_uris: [redirect_uri],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'client_secret_basic',
}
const registered = await oauth.dynamicClientRegistration(server, metadata, undefined, insecure)
const { client_id, client_secret } = registered.clientMetadata()
const config = await oauth.discovery(
  server,
  client_id,
  client_secret,
  oauth.ClientSecretBasic(client_secret),
  insecure,
)

const pkceCodeVerifier = oauth.randomPKCECodeVerifier()
const expectedState = oauth.randomState()
const authorizationUrl = oauth.buildAuthorizationUrl(config, {
  redirect_uri,
  scope: 'tasks:read offline_access',
  state: expectedState,
  code_challenge: await oauth.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
})
const callback = await allow(ada, authorizationUrl)
const tokens = await oauth.authorizationCodeGrant(config, callback, {
  pkceCodeVerifier,
  expectedState,
})
assert.deepEqual(tokens.scope.split(' ').sort(), ['offline_access', 'tasks:read'])

const ask = (token) =>
  oauth.fetchProtectedResource(
    config,
    token,
    new URL('/graphql', url),
    'POST',
    '{"query":"{ tasks { totalCount } }"}',
    new Headers({ 'Content-Type': 'application/json' }),
  )
assert.equal((await ask(tokens.access_token)).status, 200)

const fresh = await oauth.refreshTokenGrant(config, tokens.refresh_token)
const again = await oauth.refreshTokenGrant(config, tokens.refresh_token)
assert.equal(again.refresh_token, fresh.refresh_token)
assert.equal((await ask(fresh.access_token)).status, 200)

await oauth.tokenRevocation(config, fresh.refresh_token)
await assert.rejects(oauth.refreshTokenGrant(config, fresh.refresh_token), ({ error }) => {
  return error === 'invalid_grant'
})
await assert.rejects(ask(fresh.access_token), ({ status, cause: [challenge] }) => {
  return status === 401 && challenge.parameters.error === 'invalid_token'
})
