import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import buildGetJwks from 'get-jwks'
import { exchangeToken, makeToken, signUp, url } from './taskward.mjs'

/* A backend on Fastify with @fastify/jwt. The plugin takes PEM; get-jwks finds and keeps the keys. */

const jwks = buildGetJwks({ jwksPath: '/api/auth/jwks' })
async function findKey(_request, { header }) {
  const key = await jwks.getJwk({ domain: url, alg: header.alg, kid: header.kid })
  return createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
}

const app = Fastify()
app.register(fastifyJwt, {
  decode: { complete: true },
  secret: findKey,
  verify: { algorithms: ['EdDSA'], allowedIss: url, allowedAud: url, checkTyp: 'at+jwt' },
})
app.get('/scopes', async (request) => (await request.jwtVerify()).scope.split(' '))

const ask = (token) => app.inject({ url: '/scopes', headers: { Authorization: `Bearer ${token}` } })
const accessToken = await makeToken(await signUp())
const token = await exchangeToken(accessToken)
assert.deepEqual((await ask(token)).json(), ['tasks:read'])
const [header, payload, signature] = token.split('.')
const changed = [header, payload, signature.split('').reverse().join('')].join('.')
assert.equal((await ask(changed)).statusCode, 401)
assert.equal((await ask(accessToken)).statusCode, 401)
