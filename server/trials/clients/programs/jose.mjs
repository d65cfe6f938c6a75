import assert from 'node:assert/strict'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'
import { exchangeToken, makeToken, readJwt, signUp, url } from './taskward.mjs'

/* A backend accepts exchanged tokens, and refuses those of the pages and changed ones. */

const ada = await signUp()
const keys = createRemoteJWKSet(new URL('/api/auth/jwks', url))
const verify = (token) =>
  jwtVerify(token, keys, {
    algorithms: ['EdDSA'],
    issuer: url,
    audience: url,
    typ: 'at+jwt',
    requiredClaims: ['sub', 'exp', 'jti', 'client_id', 'scope'],
  })

const token = await exchangeToken(await makeToken(ada))
const { payload } = await verify(token)
assert.equal(payload.scope, 'tasks:read')
await assert.rejects(verify(await readJwt({ Cookie: ada.cookie })), errors.JWTClaimValidationFailed)
const [header, , signature] = token.split('.')
const claims = Buffer.from(JSON.stringify({ ...payload, scope: 'tasks:write' }))
const changed = `${header}.${claims.toString('base64url')}.${signature}`
await assert.rejects(verify(changed), errors.JWSSignatureVerificationFailed)
