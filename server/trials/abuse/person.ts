import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'

export type Reply = { status: number; headers: IncomingHttpHeaders; body: string }

type Sent = { method?: string; headers?: Record<string, string>; body?: string }

/** An HTTP client with one loopback address, such as 127.0.0.7, and keep-alive connections. */
export type Browser = {
  url: string
  ask: (path: string, sent?: Sent) => Promise<Reply>
  /** POSTs JSON, as a page of the app would. */
  post: (path: string, body: object, headers?: Record<string, string>) => Promise<Reply>
}

export function openBrowser(url: string, localAddress: string): Browser {
  const agent = new Agent({ keepAlive: true, localAddress })
  const ask: Browser['ask'] = async (path, { body, ...sent } = {}) => {
    const asked = request(url + path, { agent, ...sent, headers: { Origin: url, ...sent.headers } })
    const answered = once(asked, 'response')
    asked.end(body)
    const [response] = (await answered) as [IncomingMessage]
    const text = Buffer.concat(await response.toArray()).toString()
    return { status: response.statusCode ?? 0, headers: response.headers, body: text }
  }
  const post: Browser['post'] = (path, body, headers) =>
    ask(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  return { url, ask, post }
}

/** A user with a session and a first-party token. */
export type Person = Browser & {
  cookie: string
  token: string
  query: (query: string, variables?: object) => Promise<Reply>
}

/** @throws Error with the answer if the account cannot be created. */
export async function signUp(browser: Browser, name: string): Promise<Person> {
  const account = { name, email: `${name}-${randomUUID()}@example.com`, password: randomUUID() }
  const signedUp = await browser.post('/api/auth/sign-up/email', account)
  if (signedUp.status !== 200)
    throw new Error(`The sign-up failed: ${signedUp.status} ${signedUp.body}`)
  const cookies = signedUp.headers['set-cookie'] ?? []
  const cookie = cookies.map((line) => line.split(';', 1)[0]).join('; ')
  const { body } = await browser.ask('/api/auth/token', { headers: { Cookie: cookie } })
  const { token } = JSON.parse(body) as { token: string }
  const query: Person['query'] = (query, variables) =>
    browser.post('/graphql', { query, variables }, { Authorization: `Bearer ${token}` })
  return { ...browser, cookie, token, query }
}

const redirectUri = 'http://127.0.0.1:9/callback'

/** Registers an app and answers its client id. */
export async function registerApp(browser: Browser): Promise<string> {
  const { body } = await browser.post('/api/auth/oauth2/register', {
    client_name: 'Notebook',
    redirect_uris: [redirectUri],
    token_endpoint_auth_method: 'none',
  })
  return (JSON.parse(body) as { client_id: string }).client_id
}

/** The user allows the app, and the app redeems its code. Undefined: a step was refused. */
export async function connectApp(
  person: Person,
  clientId: string,
): Promise<{ access_token: string; refresh_token: string } | undefined> {
  const verifier = randomUUID() + randomUUID()
  const params = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'tasks:read offline_access',
    state: randomUUID(),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const headers = { Cookie: person.cookie }
  const asked = await person.ask(`/api/auth/oauth2/authorize?${params}`, { headers })
  let location = asked.headers.location ?? ''
  if (location.startsWith('/oauth/consent?')) {
    const answer = { accept: true, oauth_query: location.split('?', 2)[1] }
    const decided = await person.post('/api/auth/oauth2/consent', answer, headers)
    if (decided.status !== 200) return undefined
    location = (JSON.parse(decided.body) as { url: string }).url
  }
  const code = URL.canParse(location) && new URL(location).searchParams.get('code')
  if (!code) return undefined
  return sendForm(person, '/api/auth/oauth2/token', {
    grant_type: 'authorization_code',
    redirect_uri: redirectUri,
    client_id: clientId,
    code_verifier: verifier,
    code,
  })
}

/** Posts a form to an OAuth endpoint. Undefined: it was refused. */
export async function sendForm<Answer>(
  browser: Browser,
  path: string,
  fields: Record<string, string>,
): Promise<Answer | undefined> {
  const { status, body } = await browser.ask(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  })
  return status === 200 && body !== '' ? JSON.parse(body) : undefined
}
