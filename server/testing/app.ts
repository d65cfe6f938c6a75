import { createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto'
import { type AddressInfo, createServer } from 'node:net'
import { symmetricDecrypt } from 'better-auth/crypto'
import type { Database } from '#db/client.ts'
import { testDatabase } from '#db/testing/database.ts'
import { readEnv } from '../env.ts'
import { createLog, type Logger } from '../log/log.ts'
import { startTaskward } from '../taskward.ts'

/** An answer of /graphql, read to its end. */
export type Answer = { status: number; headers: Headers; body: GraphqlBody }

export type GraphqlBody = {
  data?: Record<string, unknown> | null
  errors?: { message: string; path?: unknown[]; extensions: Record<string, unknown> }[]
}

export type Variables = Record<string, unknown>

/** Somebody who signed up over HTTP, with a session cookie and a first-party token. */
export type Account = {
  id: string
  email: string
  password: string
  cookie: string
  token: string
  query: (document: string, variables?: Variables) => Promise<Answer>
  /** The id of a new task. */
  createTask: (input?: Variables) => Promise<string>
}

/**
 * Claims to put over those of a good token, and header parameters likewise; undefined leaves one
 * out. Signed with the app's real key, unless another one is given.
 */
export type SignToken = (claims?: object, header?: object, privateKey?: KeyObject) => string

export type App = {
  url: string
  databaseUrl: string
  /** A connection of the test's own to the database of the app. */
  pool: Database['pool']
  secret: string
  request: (path: string, init?: RequestInit) => Promise<Response>
  /** POSTs to /graphql as the bearer of `token`; without one, as nobody. */
  query: (document: string, variables?: Variables, token?: string) => Promise<Answer>
  signUp: (name: string) => Promise<Account>
  signToken: SignToken
  signingKey: SigningKey
  close: () => Promise<void>
}

export type SigningKey = { kid: string; privateKey: KeyObject }

const silence = createLog({ isProduction: true, logLevel: 'silent' })

/** For suites that send more in a minute than a client may by default. */
export const manyPoints = { GRAPHQL_POINTS_PER_MINUTE: '1000000' }

type AppOptions = {
  log?: Logger
  /** Another way to the database than straight. */
  wayTo?: (databaseUrl: string) => string | Promise<string>
  /** What its environment has beyond what it needs. */
  variables?: Env
}

type Env = Record<string, string | undefined>

/** The real product on a free port, with a database of its own. */
export async function startApp({
  log = silence,
  wayTo = (url) => url,
  variables = {},
}: AppOptions = {}): Promise<App> {
  const database = await testDatabase()
  const app = await startInstance(
    await wayTo(database.url),
    database.pool,
    randomUUID(),
    log,
    variables,
  )
  const close = () => app.close().then(database.close)
  return { ...app, databaseUrl: database.url, close }
}

/** One more instance of the product, on the database of one that runs. Ends before that one. */
export function startBeside(
  { databaseUrl, pool, secret, url }: App,
  variables: Env = {},
): Promise<App> {
  return startInstance(databaseUrl, pool, secret, silence, { ...variables, BETTER_AUTH_URL: url })
}

async function startInstance(
  databaseUrl: string,
  pool: Database['pool'],
  secret: string,
  log: Logger,
  variables: Env,
): Promise<App> {
  const port = await freePort()
  const env = readEnv({
    NODE_ENV: 'test',
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    BETTER_AUTH_SECRET: secret,
    ...variables,
  })
  const taskward = await startTaskward(env, log)
  const url = `http://localhost:${port}`
  const signingKey = await readSigningKey(pool, secret)
  const signToken = createSignToken(env.baseUrl, signingKey)
  const { close } = taskward
  const { baseUrl: origin } = env
  return { ...client(url, origin), url, databaseUrl, pool, secret, signingKey, signToken, close }
}

function client(url: string, origin: string): Pick<App, 'request' | 'query' | 'signUp'> {
  // From a page of the app unless said otherwise: Better Auth asks every browser for its origin.
  const request: App['request'] = (path, init) =>
    fetch(url + path, { ...init, headers: { Origin: origin, ...init?.headers } })
  const query: App['query'] = async (document, variables, token) => {
    const response = await request('/graphql', {
      method: 'POST',
      headers: { ...jsonHeaders, ...(token && { Authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query: document, variables }),
    })
    return readAnswer(response)
  }
  return { request, query, signUp: (name) => signUp(name, request, query) }
}

export const jsonHeaders = { 'Content-Type': 'application/json', Accept: 'application/json' }

export async function readAnswer(response: Response): Promise<Answer> {
  const body = (await response.json()) as GraphqlBody
  return { status: response.status, headers: response.headers, body }
}

async function signUp(
  name: string,
  request: App['request'],
  query: App['query'],
): Promise<Account> {
  const email = `${name.toLowerCase()}-${randomUUID()}@example.com`
  const password = randomUUID()
  const signedUp = await request('/api/auth/sign-up/email', {
    method: 'POST',
    headers: jsonHeaders,
    body: JSON.stringify({ name, email, password }),
  })
  const { user } = (await signedUp.json()) as { user: { id: string } }
  const cookie = cookieOf(signedUp)
  const answer = await request('/api/auth/token', { headers: { cookie } })
  const { token } = (await answer.json()) as { token: string }
  const ownQuery: Account['query'] = (document, variables) => query(document, variables, token)
  const createTask: Account['createTask'] = async (input) => {
    const variables = { input: { title: 'Read the notes', ...input } }
    const { body } = await ownQuery(createTaskDocument, variables)
    const { createTask } = body.data as { createTask: { task: { id: string } } }
    return createTask.task.id
  }
  return { id: user.id, email, password, cookie, token, query: ownQuery, createTask }
}

const createTaskDocument = `mutation ($input: CreateTaskInput!) {
  createTask(input: $input) { task { id } }
}`

/** The cookies that an answer sets, as a browser would send them back. */
export function cookieOf({ headers }: Response): string {
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ')
}

/** By hand, so that a test can make tokens that no library would. */
function createSignToken(url: string, { kid, privateKey: ownKey }: SigningKey): SignToken {
  return (claims, header, privateKey = ownKey) => {
    const now = Math.floor(Date.now() / 1000)
    const payload = { sub: randomUUID(), iat: now, exp: now + 900, iss: url, aud: url, ...claims }
    const signed = `${encodePart({ alg: 'EdDSA', kid, ...header })}.${encodePart(payload)}`
    return `${signed}.${signPart(signed, privateKey)}`
  }
}

/** Ed25519 has its own hash; RSA and ECDSA are for the tokens of a forger. */
export function signPart(signed: string, privateKey: KeyObject): string {
  const hash = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
  return sign(hash, Buffer.from(signed), key).toString('base64url')
}

export function encodePart(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

/** The newest key of Better Auth's `jwks`, decrypted as Better Auth does it. */
async function readSigningKey(pool: Database['pool'], secret: string): Promise<SigningKey> {
  const { rows } = await pool.query(
    'select id, "privateKey" from jwks order by "createdAt" desc limit 1',
  )
  const jwk = await symmetricDecrypt({ key: secret, data: JSON.parse(rows[0].privateKey) })
  return { kid: rows[0].id, privateKey: createPrivateKey({ key: JSON.parse(jwk), format: 'jwk' }) }
}

/** Free now: the port has to be known before the app listens, because tokens carry it. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
