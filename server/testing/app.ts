import { createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto'
import { symmetricDecrypt } from 'better-auth/crypto'
import type { Database } from '#db/client.ts'
import { findFreePort } from '#db/embedded/free-port.ts'
import { testDatabase } from '#db/testing/database.ts'
import { readEnv } from '../env.ts'
import { createLog, type Logger } from '../log/log.ts'
import type { FetchDocument } from '../oauth/document-fetch.ts'
import { startTaskward } from '../taskward.ts'

/** A complete response of /graphql. */
export type Answer = { status: number; headers: Headers; body: GraphqlBody }

export type GraphqlBody = {
  data?: Record<string, unknown> | null
  errors?: { message: string; path?: unknown[]; extensions: Record<string, unknown> }[]
}

export type Variables = Record<string, unknown>

/** A user who signed up over HTTP, with a session cookie and a first-party token. */
export type Account = {
  id: string
  email: string
  password: string
  cookie: string
  token: string
  query: (document: string, variables?: Variables) => Promise<Answer>
  /** Creates a task and answers its id. */
  createTask: (input?: Variables) => Promise<string>
}

/**
 * Signs a token. `claims` and `header` override those of a valid token; undefined omits one.
 * `privateKey`: default is the app's own key.
 */
export type SignToken = (claims?: object, header?: object, privateKey?: KeyObject) => string

export type App = {
  url: string
  databaseUrl: string
  /** A pool of the test, separate from the app's, on the app's database. */
  pool: Database['pool']
  secret: string
  request: (path: string, init?: RequestInit) => Promise<Response>
  /** POSTs to /graphql, with `token` as bearer token if given. */
  query: (document: string, variables?: Variables, token?: string) => Promise<Answer>
  signUp: (name: string) => Promise<Account>
  signToken: SignToken
  signingKey: SigningKey
  close: () => Promise<void>
}

export type SigningKey = { kid: string; privateKey: KeyObject }

const silence = createLog({ isProduction: true, logLevel: 'silent' })

/** For suites that spend more points in a minute than the default allows. */
export const manyPoints = { GRAPHQL_POINTS_PER_MINUTE: '1000000' }

type AppOptions = {
  log?: Logger
  /** Maps the database's URL to the one that the app uses, such as that of a proxy. */
  wayTo?: (databaseUrl: string) => string | Promise<string>
  /** Environment variables beyond the required ones. */
  variables?: Env
  /** Fetches the metadata of OAuth clients. Default: over the network. */
  fetchDocument?: FetchDocument
}

type Env = Record<string, string | undefined>

/** Starts the whole application on a free port, with its own database. */
export async function startApp({
  log = silence,
  wayTo = (url) => url,
  variables = {},
  fetchDocument,
}: AppOptions = {}): Promise<App> {
  const database = await testDatabase()
  const app = await startInstance(
    await wayTo(database.url),
    database.pool,
    randomUUID(),
    log,
    variables,
    fetchDocument,
  )
  const close = () => app.close().then(database.close)
  return { ...app, databaseUrl: database.url, close }
}

/** Starts an instance on a database, such as that of a running one. Close it before that one. */
export function startBeside(
  { databaseUrl, pool, secret, url }: Pick<App, 'databaseUrl' | 'pool' | 'secret' | 'url'>,
  variables: Env = {},
  fetchDocument?: FetchDocument,
): Promise<App> {
  const own = { ...variables, BETTER_AUTH_URL: url }
  return startInstance(databaseUrl, pool, secret, silence, own, fetchDocument)
}

async function startInstance(
  databaseUrl: string,
  pool: Database['pool'],
  secret: string,
  log: Logger,
  variables: Env,
  fetchDocument?: FetchDocument,
): Promise<App> {
  const port = await findFreePort()
  const env = readEnv({
    NODE_ENV: 'test',
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    BETTER_AUTH_SECRET: secret,
    ...variables,
  })
  const taskward = await startTaskward(env, log, undefined, { fetchDocument })
  const url = `http://localhost:${port}`
  const signingKey = await readSigningKey(pool, secret)
  const signToken = createSignToken(env.baseUrl, signingKey)
  const { close } = taskward
  const { baseUrl: origin } = env
  return { ...client(url, origin), url, databaseUrl, pool, secret, signingKey, signToken, close }
}

function client(url: string, origin: string): Pick<App, 'request' | 'query' | 'signUp'> {
  // The default Origin is a page of the app, because Better Auth checks the origin of browsers.
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

/** The cookies of a response in the form of a Cookie header. */
export function cookieOf({ headers }: Response): string {
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ')
}

/** Signs without a library, so that a test can make tokens that libraries refuse to make. */
function createSignToken(url: string, { kid, privateKey: ownKey }: SigningKey): SignToken {
  return (claims, header, privateKey = ownKey) => {
    const now = Math.floor(Date.now() / 1000)
    const payload = { sub: randomUUID(), iat: now, exp: now + 900, iss: url, aud: url, ...claims }
    const signed = `${encodePart({ alg: 'EdDSA', kid, ...header })}.${encodePart(payload)}`
    return `${signed}.${signPart(signed, privateKey)}`
  }
}

/** Ed25519 needs no hash name. RSA and ECDSA are for forged tokens. */
export function signPart(signed: string, privateKey: KeyObject): string {
  const hash = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
  return sign(hash, Buffer.from(signed), key).toString('base64url')
}

export function encodePart(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

/** Reads and decrypts the newest key of Better Auth's table `jwks`. */
async function readSigningKey(pool: Database['pool'], secret: string): Promise<SigningKey> {
  const { rows } = await pool.query(
    'select id, "privateKey" from jwks order by "createdAt" desc limit 1',
  )
  const jwk = await symmetricDecrypt({ key: secret, data: JSON.parse(rows[0].privateKey) })
  return { kid: rows[0].id, privateKey: createPrivateKey({ key: JSON.parse(jwk), format: 'jwk' }) }
}
