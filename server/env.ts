import { existsSync } from 'node:fs'
import { z } from 'zod'
import { isNetwork } from './limits/client-address.ts'

/** An origin without path, query or trailing slash: tokens carry it to the letter. */
const origin = z
  .url({
    protocol: /^https?$/,
    error: 'must be an http or https URL, such as https://tasks.example.com',
    abort: true, // the next check can read a URL only
  })
  .refine((url) => new URL(url).href === `${new URL(url).origin}/`, {
    error: 'must be an origin only, without path, query or credentials',
  })
  .transform((url) => new URL(url).origin)

const databaseUrl = z.url({
  protocol: /^postgres(ql)?$/,
  error: 'must be a PostgreSQL URL, such as postgres://user:password@host/database',
})

/** Zero takes the limit away. */
const countOrNone = z.coerce
  .number({ error: 'must be a whole number, 0 for no limit' })
  .int('must be a whole number, 0 for no limit')
  .min(0, 'must be a whole number, 0 for no limit')
  .max(2_000_000_000, 'must be 2000000000 at most')

/** In its unit; a fraction will do. */
const duration = (min: number, max: number) => {
  const error = `must be a number from ${min} to ${max}`
  return z.coerce.number({ error }).min(min, error).max(max, error)
}

/** Every variable that Taskward reads; the defaults stand beside the keys. Equal to .env.example. */
const Variables = z.object({
  NODE_ENV: z
    .enum(['development', 'production', 'test'], {
      error: 'must be development, production or test',
    })
    .default('development'),
  PORT: z.coerce
    .number({ error: 'must be a number from 1 to 65535' })
    .int('must be a number from 1 to 65535')
    .min(1, 'must be a number from 1 to 65535')
    .max(65_535, 'must be a number from 1 to 65535')
    .default(4000),
  DATABASE_URL: databaseUrl.optional(), // unset: an embedded Postgres under TASKWARD_DATA_DIR
  DATABASE_DIRECT_URL: databaseUrl.optional(), // past a pooler, for LISTEN; unset: DATABASE_URL
  BETTER_AUTH_SECRET: z.string().min(32, 'must have at least 32 characters').optional(), // unset: made once, see accounts/secret.ts
  BETTER_AUTH_URL: origin.optional(), // also the issuer and audience of every token
  JWKS_ROTATION_DAYS: duration(0.01, 3_650).default(90),
  JWKS_GRACE_HOURS: duration(0.5, 8_760).default(24), // a token lives for a quarter of an hour
  TASKWARD_DATA_DIR: z.string().default('.data'),
  TRUSTED_PROXIES: z
    .string()
    .transform((list) => list.split(',').map((network) => network.trim()))
    .refine((list) => list.every(isNetwork), {
      error: 'must be addresses or networks, such as 10.0.0.0/8, with commas between them',
    })
    .default([]),
  GRAPHQL_POINTS_PER_MINUTE: countOrNone.default(30_000), // of one client; measured: docs/limits.md
  SIGN_UPS_PER_HOUR: countOrNone.default(5_000),
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
  databaseUrl: string | undefined
  databaseDirectUrl: string | undefined
  secret: string | undefined
  /** Issuer and audience of every token. */
  baseUrl: string
  /** Whose pages may sign in. */
  trustedOrigins: string[]
  /** For so long a key signs tokens. */
  keyRotationDays: number
  /** And for so long after that it verifies them. */
  keyGraceHours: number
  dataDir: string
  /** Who may say in X-Forwarded-For where a request comes from. */
  trustedProxies: string[]
  /** 0: as many as they like. */
  pointsPerMinute: number
  /** From one address. 0: as many as they like. */
  signUpsPerHour: number
  logLevel: string
}

/**
 * The only reader of the environment, and of a .env file beside it, which it wins over. A variable
 * set to nothing counts as unset.
 * @throws Error that lists all faults together, without any value that could be secret.
 */
export function readEnv(source: Record<string, string | undefined> = loadEnv()): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value))
  const parsed = Variables.safeParse(given)
  const faults = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`),
    ...(given.NODE_ENV === 'production' ? missingInProduction(given) : []),
  ]
  if (!parsed.success || faults.length > 0) {
    const list = faults.map((fault) => `  ${fault}`).join('\n')
    throw new Error(`The environment cannot be used (see .env.example):\n${list}`)
  }
  const { NODE_ENV, PORT, BETTER_AUTH_URL, ...rest } = parsed.data
  const local = [`http://localhost:${PORT}`, `http://127.0.0.1:${PORT}`] as const
  return {
    isProduction: NODE_ENV === 'production',
    port: PORT,
    databaseUrl: rest.DATABASE_URL,
    databaseDirectUrl: rest.DATABASE_DIRECT_URL,
    secret: rest.BETTER_AUTH_SECRET,
    baseUrl: BETTER_AUTH_URL ?? local[0],
    trustedOrigins: BETTER_AUTH_URL ? [BETTER_AUTH_URL] : [...local],
    keyRotationDays: rest.JWKS_ROTATION_DAYS,
    keyGraceHours: rest.JWKS_GRACE_HOURS,
    dataDir: rest.TASKWARD_DATA_DIR,
    trustedProxies: rest.TRUSTED_PROXIES,
    pointsPerMinute: rest.GRAPHQL_POINTS_PER_MINUTE,
    signUpsPerHour: rest.SIGN_UPS_PER_HOUR,
    logLevel: rest.LOG_LEVEL,
  }
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
