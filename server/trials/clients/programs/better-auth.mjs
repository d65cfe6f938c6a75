import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createAuthClient } from 'better-auth/client'
import { createTask, readJwt, url } from './taskward.mjs'

/* Sign-up, session, a token for the API, an error, and sign-out, with a cookie jar as a browser has. */

let cookie = ''
const client = createAuthClient({
  baseURL: url,
  fetchOptions: {
    onRequest: ({ headers }) => {
      if (cookie) headers.set('Cookie', cookie)
      headers.set('Origin', url)
    },
    onSuccess: ({ response }) => {
      const lines = response.headers.getSetCookie()
      if (lines.length > 0) cookie = lines.map((line) => line.split(';', 1)[0]).join('; ')
    },
  },
})

const email = `${randomUUID()}@example.com`
const password = randomUUID()
const signedUp = await client.signUp.email({ name: 'Ada', email, password })
assert.equal(signedUp.error, null)
const { data } = await client.getSession()
assert.equal(data.user.email, email)
assert.ok(await createTask(await readJwt({ Cookie: cookie }), 'Write the notes'))

await client.signOut()
assert.equal((await client.getSession()).data, null)
const refused = await client.signIn.email({ email, password: 'wrong' })
assert.deepEqual([refused.error.status, refused.error.code], [401, 'INVALID_EMAIL_OR_PASSWORD'])
const signedIn = await client.signIn.email({ email, password })
assert.equal(signedIn.data.user.id, signedUp.data.user.id)
