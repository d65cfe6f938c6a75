import assert from 'node:assert/strict'
import * as oauth from 'oauth4webapi'
import { allow, signUp, url } from './taskward.mjs'

/* The same flow, step by step, and the check of the access token by RFC 9068. */

const ada = await signUp()
const issuer = new URL(url)
const insecure = { [oauth.allowInsecureRequests]: true }

const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
const server = await oauth.processDiscoveryResponse(issuer, discovered)
const resource = await oauth.resourceDiscoveryRequest(issuer, insecure)
const { authorization_servers } = await oauth.processResourceDiscoveryResponse(issuer, resource)
assert.deepEqual(authorization_servers, [server.issuer])

const redirectUri = 'http://127.0.0.1:9/callback'
const metadata = {
  client_name: 'Notebook',
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
}
const client = await oauth.processDynamicClientRegistrationResponse(
  await oauth.dynamicClientRegistrationRequest(server, metadata, insecure),
)

const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const authorizationUrl = new URL(server.authorization_endpoint)
authorizationUrl.search = new URLSearchParams({
  client_id: client.client_id,
  redirect_uri: redirectUri,
  response_type: 'code',
  scope: 'tasks:read email offline_access',
  state,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
})
const callback = await allow(ada, authorizationUrl)
const params = oauth.validateAuthResponse(server, client, callback, state)
const tokens = await oauth.processAuthorizationCodeResponse(
  server,
  client,
  await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    params,
    redirectUri,
    verifier,
    insecure,
  ),
)

/** What a backend does that receives the token. */
const validate = async (token) => {
  const headers = { Authorization: `Bearer ${token}` }
  return oauth.validateJwtAccessToken(
    server,
    new Request(url, { headers }),
    server.issuer,
    insecure,
  )
}
const claims = await validate(tokens.access_token)
assert.equal(claims.client_id, client.client_id)
assert.equal(claims.email, ada.email)

const fresh = await oauth.processRefreshTokenResponse(
  server,
  client,
  await oauth.refreshTokenGrantRequest(
    server,
    client,
    oauth.None(),
    tokens.refresh_token,
    insecure,
  ),
)
assert.equal((await validate(fresh.access_token)).sub, claims.sub)

const revoked = await oauth.revocationRequest(
  server,
  client,
  oauth.None(),
  fresh.refresh_token,
  insecure,
)
await oauth.processRevocationResponse(revoked)
const refused = await oauth.refreshTokenGrantRequest(
  server,
  client,
  oauth.None(),
  fresh.refresh_token,
  insecure,
)
await assert.rejects(oauth.processRefreshTokenResponse(server, client, refused), ({ error }) => {
  return error === 'invalid_grant'
})
