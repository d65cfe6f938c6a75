import { randomUUID } from 'node:crypto'

/** The parts that every program needs: an account, its tokens, and its browser. */

export const url = process.env.TASKWARD_URL

/** A new user, signed in. `cookie` is that of the browser. */
export async function signUp() {
  const email = `${randomUUID()}@example.com`
  const password = randomUUID()
  const response = await post('/api/auth/sign-up/email', { name: 'Ada', email, password })
  return { email, password, cookie: cookieOf(response) }
}

/** Signs in once more; the first session stays. */
export async function signIn({ email, password }) {
  return cookieOf(await post('/api/auth/sign-in/email', { email, password }))
}

export async function signOut(cookie) {
  await post('/api/auth/sign-out', {}, { Cookie: cookie, Origin: url })
}

/** An access token of the account. */
export async function makeToken(
  { cookie },
  scopes = ['tasks:read', 'tasks:write', 'tasks:delete'],
) {
  const headers = { Cookie: cookie, Origin: url }
  const response = await post(
    '/api/auth/access-token/create',
    { name: 'A client', scopes },
    headers,
  )
  return (await response.json()).token
}

/** A JWT for the pages of Taskward (with the cookie of a session), or for an access token. */
export async function readJwt(headers) {
  const response = await fetch(`${url}/api/auth/token`, { headers })
  return (await response.json()).token
}

/** A JWT as other backends receive it: RFC 9068. */
export async function exchangeToken(token, scope = 'tasks:read') {
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    scope,
  })
  const response = await fetch(`${url}/api/auth/token/exchange`, { method: 'POST', body })
  return (await response.json()).access_token
}

export async function createTask(token, title) {
  const query =
    'mutation ($title: String!) { createTask(input: { title: $title }) { task { id } } }'
  const headers = { Authorization: `Bearer ${token}` }
  const response = await post('/graphql', { query, variables: { title } }, headers)
  return (await response.json()).data.createTask.task.id
}

/** The authorization URL of a client that was set to request these scopes from the start. */
export function withScope(authorizationUrl, scope) {
  const changed = new URL(authorizationUrl)
  changed.searchParams.set('scope', scope)
  return changed
}

/** Opens an authorization URL as a user who allows everything. Answers the callback URL. */
export async function allow({ cookie }, authorizationUrl) {
  const page = await fetch(authorizationUrl, { redirect: 'manual', headers: { Cookie: cookie } })
  const location = new URL(page.headers.get('Location') ?? '', url)
  if (location.pathname !== '/oauth/consent') return location
  const decision = { accept: true, oauth_query: location.search.slice(1) }
  const headers = { Cookie: cookie, Origin: url }
  const response = await post('/api/auth/oauth2/consent', decision, headers)
  return new URL((await response.json()).url)
}

async function post(path, body, headers = {}) {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${path} answered ${response.status} ${await response.text()}`)
  return response
}

function cookieOf(response) {
  const lines = response.headers.getSetCookie()
  return lines.map((line) => line.split(';', 1)[0]).join('; ')
}
