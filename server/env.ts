import { existsSync } from 'node:fs'
import { z } from 'zod'
import { defaultPoolMax, minPoolMax } from '#db/connection-limit.ts'
import { isNetwork } from './limits/client-address.ts'

/**
 * An origin without path, query or trailing slash. Tokens contain it verbatim, as issuer and
 * audience.
 */
const origin = z
  .url({
    protocol: /^https?$/,
    error: 'must be an http or https URL, such as https://tasks.example.com',
    abort: true, // the next check needs a valid URL
  })
  .refine((url) => new URL(url).href === `${new URL(url).origin}/`, {
    error: 'must be an origin only, without path, query or credentials',
  })
  .transform((url) => new URL(url).origin)

const collectorUrl = z.url({
  protocol: /^https?$/,
  error: 'must be an http or https URL, such as http://localhost:4318',
})

/** The protocol of OpenTelemetry that Taskward has an exporter for. */
const collectorProtocol = z.literal('http/protobuf', { error: 'must be http/protobuf' })

const databaseUrl = z.url({
  protocol: /^postgres(ql)?$/,
  error: 'must be a PostgreSQL URL, such as postgres://user:password@host/database',
})

/** The whole value of a From header. One line, so that it adds no other header. */
const sender = /^(?:[^<>@\r\n]{1,64} <[^\s<>@,]+@[^\s<>@,]+>|[^\s<>@,]+@[^\s<>@,]+)$/

const isLoopback = (host: string) => ['localhost', '127.0.0.1', '[::1]'].includes(host)

/** Zero turns the limit off. */
const countOrNone = z.coerce
  .number({ error: 'must be a whole number, 0 for no limit' })
  .int('must be a whole number, 0 for no limit')
  .min(0, 'must be a whole number, 0 for no limit')
  .max(2_000_000_000, 'must be at most 2000000000')

/** In the unit of the variable. Fractions are allowed. */
const duration = (min: number, max: number) => {
  const error = `must be a number from ${min} to ${max}`
  return z.coerce.number({ error }).min(min, error).max(max, error)
}

const samplers = [
  ...['always_on', 'always_off', 'traceidratio'],
  ...['parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'],
]

const poolMaxFault = `must be a whole number from ${minPoolMax} to 1000`
const portError = 'must be a number from 1 to 65535'
const port = z.coerce
  .number({ error: portError })
  .int(portError)
  .min(1, portError)
  .max(65_535, portError)

/** Every variable that Taskward reads, with its default. .env.example lists the same. */
const Variables = z.object({
  NODE_ENV: z
    .enum(['development', 'production', 'test'], {
      error: 'must be development, production or test',
    })
    .default('development'),
  PORT: port.default(4000),
  HOST: z.string().optional(), // unset: every address of the machine
  KEEP_ALIVE_SECONDS: duration(1, 3_600).default(5), // longer than the proxy's, if there is one
  SHUTDOWN_DELAY_SECONDS: duration(0, 600).default(0),
  PROCESSES: z
    .union([z.literal('auto'), z.coerce.number().int().min(1).max(64)], {
      error: 'must be auto or a number from 1 to 64',
    })
    .default(1),
  DATABASE_URL: databaseUrl.optional(), // unset: an embedded Postgres under TASKWARD_DATA_DIR
  DATABASE_DIRECT_URL: databaseUrl.optional(), // past a pooler, for LISTEN; unset: DATABASE_URL
  DATABASE_POOL_MAX: z.coerce
    .number({ error: poolMaxFault })
    .int(poolMaxFault)
    .min(minPoolMax, poolMaxFault)
    .max(1_000, poolMaxFault)
    .default(defaultPoolMax),
  MIGRATE_AT_START: z.enum(['true', 'false'], { error: 'must be true or false' }).default('true'),
  BETTER_AUTH_SECRET: z.string().min(32, 'must have at least 32 characters').optional(), // unset: generated once, see accounts/secret.ts
  INTROSPECTION_SECRET: z.string().min(32, 'must have at least 32 characters').optional(), // unset: no introspection
  METRICS_PORT: port.optional(), // unset: /metrics on PORT if METRICS_TOKEN is set, otherwise none
  METRICS_TOKEN: z
    .string()
    .regex(/^[!-~]{32,}$/, 'must have at least 32 characters, and only visible ones of ASCII')
    .optional(), // unset: no token is needed on METRICS_PORT
  // The OpenTelemetry SDK reads these, too: server/tracing. Both endpoints unset: no traces.
  OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl.optional(), // traces are sent to its /v1/traces
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collectorUrl.optional(), // traces are sent to exactly this
  OTEL_EXPORTER_OTLP_HEADERS: z.string().optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: collectorProtocol.optional(),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: collectorProtocol.optional(),
  OTEL_SERVICE_NAME: z.string().optional(), // unset: taskward
  OTEL_RESOURCE_ATTRIBUTES: z.string().optional(),
  OTEL_TRACES_SAMPLER: z
    .enum(samplers, { error: `must be one of ${samplers.join(', ')}` })
    .optional(),
  OTEL_TRACES_SAMPLER_ARG: duration(0, 1).optional(),
  OTEL_SDK_DISABLED: z.enum(['true', 'false'], { error: 'must be true or false' }).optional(),
  BETTER_AUTH_URL: origin.optional(), // also the issuer and audience of every token
  TRASH_DAYS: duration(0.01, 3_650).default(30),
  HISTORY_DAYS: duration(0.01, 3_650).default(90),
  JWKS_ROTATION_DAYS: duration(0.01, 3_650).default(90),
  JWKS_GRACE_HOURS: duration(0.5, 8_760).default(24), // a JWT is valid for 15 minutes
  TASKWARD_DATA_DIR: z.string().default('.data'),
  TRUSTED_PROXIES: z
    .string()
    .transform((list) => list.split(',').map((network) => network.trim()))
    .refine((list) => list.every(isNetwork), {
      error: 'must be addresses or networks separated by commas, such as 10.0.0.0/8, ::1',
    })
    .default([]),
  GRAPHQL_POINTS_PER_MINUTE: countOrNone.default(30_000), // for one client; docs/limits.md has the measurements
  SIGN_UPS: z
    .enum(['open', 'invite', 'closed'], { error: 'must be open, invite or closed' })
    .default('open'),
  SIGN_UPS_PER_HOUR: countOrNone.default(5_000),
  OIDC_ISSUER: z
    .url({ protocol: /^https?$/, error: 'must be an https URL', abort: true })
    .refine((url) => url.startsWith('https:') || isLoopback(new URL(url).hostname), {
      error: 'must be an https URL, or http on this machine',
    })
    .optional(), // unset: no sign-in with an OpenID provider
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_NAME: z.string().max(40, 'must have at most 40 characters').optional(), // unset: the host of OIDC_ISSUER
  OIDC_SCOPES: z
    .string()
    .transform((list) => list.split(' ').filter(Boolean))
    .refine((list) => list.includes('openid'), { error: 'must contain openid' })
    .default(['openid', 'email', 'profile']),
  SMTP_URL: z
    .url({
      protocol: /^smtps?$/,
      error: 'must be an smtp: or smtps: URL, such as smtps://user:password@mail.example.com',
    })
    .optional(), // unset: no mail; outside of production messages are in the log
  MAIL_FROM: z
    .string()
    .regex(sender, 'must be an e-mail address, or a name and one: Taskward <tasks@example.com>')
    .optional(), // required with SMTP_URL
  SECURITY_CONTACT: z
    .url({
      protocol: /^(mailto|https)$/,
      error: 'must be a mailto: or https: URL, such as mailto:security@example.com',
    })
    .optional(), // unset: no /.well-known/security.txt
  ACCESS_LOG: z.enum(['on', 'off'], { error: 'must be on or off' }).default('on'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'must be fatal, error, warn, info, debug, trace or silent',
    })
    .default('info'),
})

export const variableNames = Object.keys(Variables.shape)

export type Env = {
  isProduction: boolean
  port: number
  /** The address to listen on. Undefined: every address of the machine. */
  host: string | undefined
  /** How long an idle connection of a client stays open. */
  keepAliveSeconds: number
  /** Between the signal to stop and the end of accepting connections. */
  shutdownDelaySeconds: number
  /** Processes that share the port. auto: one for each core. */
  processes: number | 'auto'
  databaseUrl: string | undefined
  databaseDirectUrl: string | undefined
  /** Max connections of the pools of one process. */
  poolMax: number
  /** False: a start with missing migrations ends with an error that names them. */
  migrateAtStart: boolean
  secret: string | undefined
  /** Of gateways that introspect tokens. Undefined: tokens cannot be introspected. */
  introspectionSecret: string | undefined
  /** Undefined: metrics are on `port` if there is a token, otherwise off. */
  metricsPort: number | undefined
  /** Undefined: `metricsPort` needs no token. */
  metricsToken: string | undefined
  /** Whether requests are traced. The OpenTelemetry SDK reads its variables itself. */
  hasTraces: boolean
  /** Issuer and audience of every token. */
  baseUrl: string
  /** The origins whose pages may sign in. */
  trustedOrigins: string[]
  /** How long a key signs tokens. */
  /** How long a task stays in the trash. */
  trashDays: number
  /** How long the history keeps a change. */
  historyDays: number
  keyRotationDays: number
  /** How long after that it still verifies tokens. */
  keyGraceHours: number
  dataDir: string
  /** Addresses and networks whose X-Forwarded-For is used. */
  trustedProxies: string[]
  /** Of one client. 0: no limit. */
  pointsPerMinute: number
  /** Who may create an account: everyone, users with an invitation, or no user. */
  signUps: 'open' | 'invite' | 'closed'
  /** From one address. 0: no limit. */
  signUpsPerHour: number
  /** The OpenID provider that users may sign in with. Undefined: none. */
  oidc:
    | { issuer: string; clientId: string; clientSecret: string; name: string; scopes: string[] }
    | undefined
  /** The server that takes e-mail, and the sender. Undefined: no e-mail is sent. */
  smtp: { url: string; from: string } | undefined
  /** A mailto: or https: URL. Undefined: no security.txt. */
  securityContact: string | undefined
  /** Whether each request has a line in the log. */
  accessLog: boolean
  logLevel: string
}

/**
 * Reads the environment and the file .env; the environment takes precedence. No other code reads
 * either. An empty variable counts as unset.
 * @throws Error that lists all faults, without the values, which may be secret.
 */
export function readEnv(source: Record<string, string | undefined> = loadEnv()): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value))
  const parsed = Variables.safeParse(given)
  const faults = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`),
    ...(given.NODE_ENV === 'production' ? missingInProduction(given) : []),
    ...missingOf(given, ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET']),
    ...missingOf(given, ['SMTP_URL', 'MAIL_FROM']),
  ]
  if (!parsed.success || faults.length > 0) {
    const list = faults.map((fault) => `  ${fault}`).join('\n')
    throw new Error(`The environment has errors (see .env.example):\n${list}`)
  }
  const { NODE_ENV, PORT, BETTER_AUTH_URL, ...rest } = parsed.data
  const local = [`http://localhost:${PORT}`, `http://127.0.0.1:${PORT}`] as const
  return {
    isProduction: NODE_ENV === 'production',
    port: PORT,
    host: rest.HOST,
    keepAliveSeconds: rest.KEEP_ALIVE_SECONDS,
    shutdownDelaySeconds: rest.SHUTDOWN_DELAY_SECONDS,
    processes: rest.PROCESSES,
    databaseUrl: rest.DATABASE_URL,
    databaseDirectUrl: rest.DATABASE_DIRECT_URL,
    poolMax: rest.DATABASE_POOL_MAX,
    migrateAtStart: rest.MIGRATE_AT_START === 'true',
    secret: rest.BETTER_AUTH_SECRET,
    introspectionSecret: rest.INTROSPECTION_SECRET,
    metricsPort: rest.METRICS_PORT,
    metricsToken: rest.METRICS_TOKEN,
    hasTraces: hasTraces(rest),
    baseUrl: BETTER_AUTH_URL ?? local[0],
    trustedOrigins: BETTER_AUTH_URL ? [BETTER_AUTH_URL] : [...local],
    trashDays: rest.TRASH_DAYS,
    historyDays: rest.HISTORY_DAYS,
    keyRotationDays: rest.JWKS_ROTATION_DAYS,
    keyGraceHours: rest.JWKS_GRACE_HOURS,
    dataDir: rest.TASKWARD_DATA_DIR,
    trustedProxies: rest.TRUSTED_PROXIES,
    pointsPerMinute: rest.GRAPHQL_POINTS_PER_MINUTE,
    signUps: rest.SIGN_UPS,
    signUpsPerHour: rest.SIGN_UPS_PER_HOUR,
    oidc: toOidc(rest),
    smtp: toSmtp(rest),
    securityContact: rest.SECURITY_CONTACT,
    accessLog: rest.ACCESS_LOG === 'on',
    logLevel: rest.LOG_LEVEL,
  }
}

function hasTraces(given: {
  OTEL_EXPORTER_OTLP_ENDPOINT?: string
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string
  OTEL_SDK_DISABLED?: string
}): boolean {
  const endpoint = given.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? given.OTEL_EXPORTER_OTLP_ENDPOINT
  return endpoint !== undefined && given.OTEL_SDK_DISABLED !== 'true'
}

function toOidc(given: Omit<z.infer<typeof Variables>, 'NODE_ENV' | 'PORT'>): Env['oidc'] {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = given
  if (!issuer || !clientId || !clientSecret) return undefined
  const name = given.OIDC_NAME ?? new URL(issuer).host
  return { issuer, clientId, clientSecret, name, scopes: given.OIDC_SCOPES }
}

function toSmtp(given: { SMTP_URL?: string; MAIL_FROM?: string }): Env['smtp'] {
  const { SMTP_URL: url, MAIL_FROM: from } = given
  return url && from ? { url, from } : undefined
}

/** All or none: one alone is a mistake, and the page would not offer what it is for. */
function missingOf(given: Record<string, string | undefined>, names: string[]): string[] {
  const missing = names.filter((name) => given[name] === undefined)
  if (missing.length === names.length) return []
  const present = names.filter((name) => !missing.includes(name)).join(' and ')
  return missing.map((name) => `${name} is required with ${present}`)
}

function missingInProduction(given: Record<string, string | undefined>): string[] {
  return ['BETTER_AUTH_SECRET', 'BETTER_AUTH_URL']
    .filter((name) => given[name] === undefined)
    .map((name) => `${name} is required in production`)
}

function loadEnv(): NodeJS.ProcessEnv {
  if (existsSync('.env')) process.loadEnvFile('.env')
  return process.env
}
