import { betterAuth } from 'better-auth'
import { APIError, createAuthMiddleware } from 'better-auth/api'
import { getMigrations } from 'better-auth/db/migration'
import { jwt } from 'better-auth/plugins'
import type { Pool } from 'pg'
import { isDatabaseAway } from '#db/availability.ts'
import type { Db } from '#db/client.ts'
import { endings, withSafeDefaults } from './endings.ts'
import type { Logger } from './log.ts'
import { type Attempt, createSignInLimit } from './sign-in-limit.ts'

/** Fifteen minutes: a stolen token is of little use, and the page renews it unseen. */
const tokenLifetime = '15m'

/** Set by us from the socket: a client cannot choose the address that guesses are counted by. */
export const addressHeader = 'x-taskward-address'

const signInPath = '/sign-in/email'

type AuthOptions = {
  pool: Pool
  /** Where an account's rows are, which go with it. */
  db: Db
  /** Told at once; the database tells every instance. */
  onSessionEnded?: (sessionId: string) => void
  secret: string
  baseUrl: string
  trustedOrigins: string[]
  log: Logger
}

export type Auth = ReturnType<typeof createAuth>

/** Better Auth: e-mail and password, sessions in cookies, and a JWT for the API. Owns five tables. */
export function createAuth(options: AuthOptions) {
  const { pool, db, secret, baseUrl, trustedOrigins, log, onSessionEnded = () => {} } = options
  const signInLimit = createSignInLimit()
  return betterAuth({
    database: pool,
    secret,
    baseURL: baseUrl,
    trustedOrigins,
    ...endings({ pool, db, onSessionEnded }),
    emailAndPassword: { enabled: true, minPasswordLength: 8, maxPasswordLength: 128 },
    advanced: {
      ipAddress: { ipAddressHeaders: [addressHeader] },
      disableOriginCheck: false, // said, because unsaid it is true where NODE_ENV is test
      database: { validateSchema: false }, // we migrate after this, and report what fails
    },
    rateLimit: { enabled: false }, // its own counts every request alike; ours counts wrong guesses
    telemetry: { enabled: false },
    onAPIError: { throw: true }, // what is no refusal goes to our log, and not to the console
    logger: {
      log(level, message, ...details) {
        if (details.some(isDatabaseAway)) return // told once, by the room that noticed
        log[level]({ details }, message)
      },
    },
    plugins: [
      jwt({
        disableSettingJwtHeader: true,
        jwt: {
          issuer: baseUrl,
          audience: baseUrl,
          expirationTime: tokenLifetime,
          // Without this the whole user row would go into the token.
          definePayload: ({ user, session }) => ({ email: user.email, sid: session.id }),
        },
      }),
    ],
    hooks: {
      before: createAuthMiddleware(async (context) => {
        const body = withSafeDefaults(context.path, cleanBody(context.body))
        if (context.path === signInPath) await signInLimit.spend(attemptOf(context.headers, body))
        return { context: { body } }
      }),
      after: createAuthMiddleware(async (context) => {
        if (context.path !== signInPath || context.context.returned instanceof APIError) return
        await signInLimit.forgive(attemptOf(context.headers, context.body))
      }),
    },
  })
}

/** Better Auth's own tables, and the first signing key: after this a token can be signed and verified. */
export async function migrateAuth(auth: Auth): Promise<void> {
  const { runMigrations } = await getMigrations(auth.options)
  await runMigrations()
  await auth.api.getJwks()
}

/** Trims the e-mail, as it is lower-cased already; refuses text that Postgres cannot store. */
function cleanBody(body: unknown): Record<string, unknown> {
  if (typeof body !== 'object' || body === null) return {}
  for (const [field, value] of Object.entries(body)) {
    if (typeof value !== 'string' || (value.isWellFormed() && !value.includes('\0'))) continue
    throw new APIError('BAD_REQUEST', {
      code: 'VALIDATION_ERROR',
      message: `${field} must be well-formed Unicode without null characters.`,
    })
  }
  const { email, ...rest } = body as Record<string, unknown>
  return typeof email === 'string' ? { ...rest, email: email.trim().toLowerCase() } : { ...body }
}

function attemptOf(headers: Headers | undefined, body: unknown): Attempt {
  const { email } = cleanBody(body)
  return { address: headers?.get(addressHeader) ?? '', email: String(email) }
}
