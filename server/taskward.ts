import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { orAbort } from '#db/abort.ts'
import { type ChangeListener, listenToChanges } from '#db/changes.ts'
import { type Database, openDatabase } from '#db/client.ts'
import { migrate, requireMigrated } from '#db/migrate.ts'
import { cacheAccessTokens, createFindClaims } from './access-tokens/lookup.ts'
import { type Auth, createAuth, listAuthMigrations, migrateAuth } from './accounts/auth.ts'
import { startClockCheck } from './accounts/clock-check.ts'
import { startHousekeeping } from './accounts/housekeeping.ts'
import { refreshKeys, startKeyRotation } from './accounts/key-rotation.ts'
import { startListPreparation } from './accounts/list-preparation.ts'
import { mailPauses } from './accounts/pause-mail.ts'
import { createReadiness, type Readiness } from './accounts/readiness.ts'
import { loadOrCreateSecret } from './accounts/secret.ts'
import { requireSigning } from './accounts/signing-check.ts'
import { createApp } from './app.ts'
import type { Env } from './env.ts'
import { createLive, type Live } from './graphql/live.ts'
import { createGraphql } from './graphql/yoga.ts'
import { createDrain } from './http/drain.ts'
import { listen } from './http/listen.ts'
import { serverTimes } from './http/request-limits.ts'
import { authPointsPerMinute } from './limits/auth-points.ts'
import { type Budget, createBudget } from './limits/budget.ts'
import { createAddressOf, createIsFromProxy } from './limits/client-address.ts'
import { createCredentialLimit } from './limits/credential-limit.ts'
import { createEventCounter, type EventCounter } from './log/event-counter.ts'
import type { Logger } from './log/log.ts'
import { createMailer, type Mailer } from './mail/mailer.ts'
import { createMcp } from './mcp/handler.ts'
import type { Metrics, ProcessMetrics } from './metrics/metrics.ts'
import type { MetricsRoute } from './metrics/route.ts'
import type { FetchDocument } from './oauth/document-fetch.ts'
import { createVerifyCredential } from './tokens/credential.ts'
import { completeEmailClaims, type FindUser } from './tokens/email-claims.ts'
import type { NarrowClaims } from './tokens/exchange.ts'
import { createExchangeRoutes } from './tokens/exchange-routes.ts'
import { createIntrospection } from './tokens/introspection.ts'
import { createVerifyToken } from './tokens/jwt.ts'
import { cacheVerifiedTokens } from './tokens/jwt-cache.ts'
import { createKeySet, type KeySet } from './tokens/key-set.ts'
import { createRevocation, type Revocation } from './tokens/revocation.ts'
import { bearerAuthentication } from './tokens/viewer.ts'
import { openTracing } from './tracing/open.ts'
import type { Tracing } from './tracing/tracing.ts'

export type Taskward = {
  /** The public origin. */
  url: string
  /** The number of connections accepted since the start. */
  countConnections: () => number
  /** From now on /health/ready is 503. Requests are served as before. */
  endReadiness: () => void
  /** The metrics of this process. Undefined: the operator has not enabled them. */
  collectMetrics?: () => Promise<ProcessMetrics>
  /** Finishes the requests under way, then closes the database. */
  close: () => Promise<void>
}

type StartOptions = {
  /** The metrics of all processes of the instance, if this is one of several. */
  collectAll?: () => Promise<ProcessMetrics[]>
  /** Fetches the metadata of OAuth clients. Default: over the network. */
  fetchDocument?: FetchDocument
}

/**
 * Starts the whole product: database, migrations, signing keys and HTTP server, in this order, so
 * that everything is ready for the first request.
 * @throws Error with the reason, also that of `signal`. Everything that was started is closed before.
 */
export async function startTaskward(
  env: Env,
  log: Logger,
  signal?: AbortSignal,
  { collectAll, fetchDocument }: StartOptions = {},
): Promise<Taskward> {
  const revocation = createRevocation()
  const mailer = createMailer({ ...env, log })
  const { database, auth } = await openMigrated(env, log, {
    onSessionEnded: revocation.sessionEnded,
    signal,
    fetchDocument,
    mailer,
  })
  mailPauses({ ...database, auth, mailer, baseUrl: env.baseUrl })
  const live = createLive({ ...database, revocation, log })
  const closeSteps: (() => Promise<void>)[] = [mailer.close, database.close]
  try {
    const directUrl = env.databaseDirectUrl
    const keys = createKeySet(() => auth.api.getJwks())
    const listener = createChangeListener(revocation, live, keys)
    closeSteps.unshift(await listenToChanges({ ...database, directUrl, listener, log }))
    await keys.reload()
    await requireSigning(auth)
    const readiness = createReadiness({ auth, database, keys, revocation, log })
    const budget = openBudget(env, database, log, env.pointsPerMinute)
    closeSteps.unshift(async () => budget?.close())
    const authBudget = openBudget(env, database, log, authPointsPerMinute)
    closeSteps.unshift(async () => authBudget?.close())
    const sources = { database, revocation, live, budget, authBudget }
    const metrics = await openMetrics(env, log, sources, collectAll)
    if (metrics?.close) closeSteps.unshift(metrics.close)
    closeSteps.unshift(startKeyRotation({ auth, pool: database.pool, times: env, log }))
    closeSteps.unshift(
      startHousekeeping({ auth, ...database, times: env, log, onRound: metrics?.countDeleted }),
    )
    closeSteps.unshift(startListPreparation({ ...database, log }))
    closeSteps.unshift(startClockCheck({ pool: database.pool, log }))
    const eventCounter = createEventCounter(log)
    closeSteps.unshift(async () => eventCounter.close())
    const tracing = await openTracing(env, log)
    if (tracing) closeSteps.unshift(tracing.close)
    const parts = {
      env,
      log,
      database,
      auth,
      keys,
      eventCounter,
      budget,
      authBudget,
      revocation,
      readiness,
      live,
      metrics,
      tracing,
    }
    const keepAliveTimeout = env.keepAliveSeconds * 1_000
    const server = createServer({ ...serverTimes, keepAliveTimeout }, composeApp(parts))
    let connections = 0
    server.on('connection', () => connections++)
    const drain = createDrain(server)
    signal?.throwIfAborted()
    await listen(server, env)
    closeSteps.unshift(async () => {
      live.stop()
      await drain()
    })
    return {
      url: env.baseUrl,
      countConnections: () => connections,
      endReadiness: readiness.end,
      collectMetrics: metrics?.collect,
      close: () => runInOrder(closeSteps),
    }
  } catch (error) {
    live.stop()
    await runInOrder(closeSteps)
    throw error
  }
}

async function runInOrder(steps: (() => Promise<void>)[]): Promise<void> {
  for (const step of steps) await step()
}

type OpenOptions = Pick<StartOptions, 'fetchDocument'> & {
  signal?: AbortSignal
  onSessionEnded?: (sessionId: string) => void
  mailer?: Mailer
}

/** Opens the database, runs or requires all migrations, and creates Better Auth with a signing key. */
export async function openMigrated(
  env: Env,
  log: Logger,
  { signal, ...authOptions }: OpenOptions = {},
) {
  const database = await openDatabase({ ...env, log, signal })
  try {
    const secret = env.secret ?? (await loadOrCreateSecret(env.dataDir))
    const auth = createAuth({ ...env, ...database, secret, log, ...authOptions })
    await orAbort(signal, () =>
      env.migrateAtStart
        ? migrate(database, () => migrateAuth(auth))
        : requireMigrated(database, () => listAuthMigrations(auth)),
    )
    return { database, auth }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** Undefined: the operator turned rate limits off with GRAPHQL_POINTS_PER_MINUTE=0. */
function openBudget(env: Env, { pool }: Database, log: Logger, pointsPerMinute: number) {
  return env.pointsPerMinute > 0 ? createBudget({ pool, pointsPerMinute, log }) : undefined
}

/** `route`: undefined if the metrics have a port of their own. `close` closes that port. */
type OpenMetrics = Metrics & { route?: MetricsRoute; close?: () => Promise<void> }

type Measured = Pick<Parts, 'database' | 'revocation' | 'live' | 'budget' | 'authBudget'>

/** Undefined: the operator has not enabled metrics. Their library is then not loaded. */
async function openMetrics(
  { metricsPort, metricsToken: token, host }: Env,
  log: Logger,
  { database, revocation, live, budget, authBudget }: Measured,
  collectAll?: () => Promise<ProcessMetrics[]>,
): Promise<OpenMetrics | undefined> {
  if (metricsPort === undefined && token === undefined) return undefined
  const { createMetrics } = await import('./metrics/metrics.ts')
  const { createMetricsRoute, listenForMetrics } = await import('./metrics/route.ts')
  const metrics = createMetrics({
    pools: { rows: database.rowPool, accounts: database.pool },
    budgets: { graphql: budget, accounts: authBudget },
    streams: live,
    revocation,
  })
  const ownMetrics = async () => [await metrics.collect()]
  const route = createMetricsRoute({ token, collectAll: collectAll ?? ownMetrics })
  if (metricsPort === undefined) return { ...metrics, route }
  const address = { port: metricsPort, host, variable: 'METRICS_PORT' }
  return { ...metrics, close: await listenForMetrics(address, route, log) }
}

/** Passes each change in the database to the parts that need it. */
function createChangeListener(revocation: Revocation, live: Live, keys: KeySet): ChangeListener {
  return {
    historyMoved: live.historyMoved,
    sessionEnded(sessionId) {
      revocation.sessionEnded(sessionId)
      live.sessionEnded(sessionId)
    },
    keysChanged: () => refreshKeys(keys),
    current: revocation.current,
    interrupted() {
      live.interrupted()
      refreshKeys(keys)
    },
  }
}

type Parts = {
  env: Env
  log: Logger
  database: Database
  auth: Auth
  keys: KeySet
  eventCounter: EventCounter
  budget: Budget | undefined
  authBudget: Budget | undefined
  revocation: Revocation
  readiness: Readiness
  live: Live
  metrics: OpenMetrics | undefined
  tracing: Tracing | undefined
}

function composeApp(parts: Parts) {
  const { env, log, database, auth, keys, eventCounter, budget, revocation, live } = parts
  const { db } = database
  const { baseUrl } = env
  const verifyCredential = createVerifyCredential({
    jwt: cacheVerifiedTokens(createVerifyToken({ keys, baseUrl }), keys),
    accessToken: cacheAccessTokens(createFindClaims(auth.$context, log)),
    revocation,
    meterFor: createCredentialLimit(),
  })
  const addressOf = createAddressOf(env.trustedProxies)
  const authenticate = bearerAuthentication(verifyCredential, addressOf)
  const onExceededLimit = (request: IncomingMessage) => {
    const origin = { address: addressOf(request), requestId: request.id }
    eventCounter.count('limit_hit', { ...origin, code: 'OPERATION_TOO_COMPLEX' })
  }
  const { subscribe: subscribeToTasks } = live
  const graphql = createGraphql({
    db,
    baseUrl,
    budget,
    addressOf,
    onExceededLimit,
    authenticate,
    subscribeToTasks,
  })
  return createApp({
    graphql,
    mcp: createMcp({ graphql, authenticate, baseUrl }),
    auth,
    authBudget: parts.authBudget,
    hasOpenId: env.oidc !== undefined,
    exchangeRoutes: createExchangeRoutes({
      sign: createSign(auth),
      verifyCredential,
      budget,
      baseUrl,
      log,
    }),
    introspection:
      env.introspectionSecret === undefined
        ? undefined
        : createIntrospection({ secret: env.introspectionSecret, verifyCredential, baseUrl }),
    addressOf,
    eventCounter,
    observeRequest: parts.metrics?.observeRequest,
    metricsRoute: parts.metrics?.route,
    traceRequest: parts.tracing?.traceRequest,
    checkReady: parts.readiness.check,
    // In production beside the bundle; in dist when run from the sources.
    clientFolder: join(
      import.meta.dirname,
      import.meta.filename.endsWith('.ts') ? '../dist/web' : '../web',
    ),
    securityContact: env.securityContact,
    isHttps: env.baseUrl.startsWith('https:'),
    log,
    accessLog: env.accessLog,
    isFromProxy: createIsFromProxy(env.trustedProxies),
  })
}

/** Signs the claims of a token exchange. */
function createSign({ api, $context }: Auth) {
  return async (claims: NarrowClaims): Promise<string> => {
    const { internalAdapter } = await $context
    const findUser: FindUser = (id) => internalAdapter.findUserById(id)
    return api.signAccessToken({ body: await completeEmailClaims(findUser, claims) })
  }
}
