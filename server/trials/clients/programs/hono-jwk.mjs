import assert from 'node:assert/strict'
import { Hono } from 'hono'
import { jwk } from 'hono/jwk'
import { exchangeToken, makeToken, signUp, url } from './taskward.mjs'

/* A backend on Hono that accepts exchanged tokens. */

const app = new Hono()
app.use(
  jwk({
    jwks_uri: `${url}/api/auth/jwks`,
    alg: ['EdDSA'],
    verification: { iss: url, aud: url, typ: 'at+jwt' }, // the type must be named
  }),
)
app.get('/scopes', (context) => context.json(context.get('jwtPayload').scope.split(' ')))

const ask = (token) => app.request('/scopes', { headers: { Authorization: `Bearer ${token}` } })
const accessToken = await makeToken(await signUp())
const token = await exchangeToken(accessToken)
assert.deepEqual(await (await ask(token)).json(), ['tasks:read'])
assert.equal((await ask(`${token}x`)).status, 401)
assert.equal((await ask(accessToken)).status, 401)
