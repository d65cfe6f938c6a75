import { betterAuth } from 'better-auth'
import { APIError, createAuthMiddleware, getSessionFromCtx, isAPIError } from 'better-auth/api'
import { getMigrations } from 'better-auth/db/migration'
import { type JwtOptions, jwt } from 'better-auth/plugins'
import type { Pool } from 'pg'
import type { Db } from '#db/client.ts'
import { accessTokens } from '../access-tokens/plugin.ts'
import { accessTokenKeys } from '../access-tokens/store.ts'
import { addressHeader } from '../http/origin-headers.ts'
import {
  createAccessTokenLimit,
  createSignInLimit,
  createSignUpLimit,
} from '../limits/account-limits.ts'
import type { Logger } from '../log/log.ts'
import { oauth, oauthErrorPage } from '../oauth/plugins.ts'
import { recordAccountEvent } from './account-events.ts'
import { authLogger } from './auth-log.ts'
import { type KeyTimes, keyOptions } from './key-rotation.ts'
import { passwordChange } from './password-change.ts'
import { createPasswordHashing, isHashingBusy, passwordLength } from './password-hashing.ts'
import { cleanProfile } from './profile.ts'
import { cookieOptions } from './session-cookie.ts'
import { createEndSource, endings, withSafeDefaults } from './session-revocation.ts'

/** Fifteen minutes: a stolen token is of little use, and the page renews it unseen. */
const tokenLifetime = '15m'

/** Rows that Better Auth reads at once. Its default is 100: of more sessions the end was not announced. */
const maxRows = 100_000

const signInPath = '/sign-in/email'
const signUpPath = '/sign-up/email'
/** They ask somebody who is signed in for the password again: a stolen session must not guess it. */
const passwordPaths = ['/change-password', '/delete-user', '/verify-password']
/** It asks for the password only where the session is not fresh: without one nothing is tried. */
const tokenPath = '/access-token/create'

type AuthOptions = {
  pool: Pool
  /** Where an account's rows are, which go with it. */
  db: Db
  /** Told at once; the database tells every instance. */
  onSessionEnded?: (sessionId: string) => void
  secret: string
  baseUrl: string
  trustedOrigins: string[]
  /** From one address; 0: as many as they like. */
  signUpsPerHour: number
  log: Logger
} & KeyTimes

export type Auth = ReturnType<typeof createAuth>

/** Better Auth: e-mail and password, sessions in cookies, OAuth for apps, and JWTs for the API. Owns all tables but those of db/tables.ts. */
export function createAuth(options: AuthOptions) {
  const { pool, db, secret, baseUrl, trustedOrigins, log, onSessionEnded = () => {} } = options
  const signInLimit = createSignInLimit(pool)
  const countSignUp = createSignUpLimit(pool, options.signUpsPerHour)
  const endSource = createEndSource({ pool, onSessionEnded })
  const keys = accessTokenKeys()
  const hashing = createPasswordHashing()
  const jwtOptions = tokenOptions(options)
  return betterAuth({
    database: pool,
    secret,
    baseURL: baseUrl,
    trustedOrigins,
    ...endings({ pool, db, onSessionEnded, log }),
    emailAndPassword: { enabled: true, ...passwordLength, password: hashing.password },
    advanced: {
      ...cookieOptions(baseUrl),
      ipAddress: { ipAddressHeaders: [addressHeader] },
      disableOriginCheck: false, // said, because unsaid it is true where NODE_ENV is test
      database: {
        validateSchema: false, // we migrate after this, and report what fails
        defaultFindManyLimit: maxRows,
      },
    },
    rateLimit: { enabled: false }, // its own counts every request alike; ours counts wrong guesses
    telemetry: { enabled: false },
    // What is no refusal goes to our log, and not to the console.
    onAPIError: { throw: true, errorURL: oauthErrorPage },
    logger: authLogger(log),
    plugins: [
      jwt(jwtOptions),
      keys,
      accessTokens({ keys, jwt: jwtOptions, countNew: createAccessTokenLimit(pool), endSource }),
      ...oauth({ pool, baseUrl, onEnded: onSessionEnded, log }),
      passwordChange({ pool, endSource, onEnded: onSessionEnded, log }),
    ],
    hooks: {
      before: createAuthMiddleware(async (context) => {
        const cleaned = cleanProfile(context.path, cleanBody(context.body))
        const body = withSafeDefaults(context.path, cleaned)
        const address = addressOf(context.headers)
        if (context.path === signUpPath) {
          await countSignUp(address)
          await hashing.prepare(context.request, body.password)
        }
        const email = await whosePassword(context, body)
        if (email !== undefined) await signInLimit.spend({ address, email })
        return { context: { body } }
      }),
      after: createAuthMiddleware(async (context) => {
        recordAccountEvent(log, context)
        // Not instanceof: a body that cannot be read is refused with an APIError of better-call.
        const { returned } = context.context
        if (isAPIError(returned) && !isHashingBusy(returned)) return
        const address = addressOf(context.headers)
        const body = cleanBody(context.body)
        const email = await whosePassword(context, body)
        if (isAPIError(returned)) {
          if (email !== undefined) await signInLimit.refund({ address, email })
          return
        }
        if (email !== undefined) await signInLimit.forgive({ address, email })
        if (context.path === signUpPath) {
          await signInLimit.remember({ address, email: String(body.email) })
        }
      }),
    },
  })
}

function tokenOptions({ baseUrl, ...times }: { baseUrl: string } & KeyTimes) {
  return {
    disableSettingJwtHeader: true,
    jwks: keyOptions(times),
    jwt: {
      issuer: baseUrl,
      audience: baseUrl,
      expirationTime: tokenLifetime,
      // Without this the whole user row would go into the token.
      definePayload: ({ user, session }) => ({ email: user.email, sid: session.id }),
    },
  } satisfies JwtOptions
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

function addressOf(headers: Headers | undefined): string {
  return headers?.get(addressHeader) ?? ''
}

type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0]

/** The e-mail of the account whose password this request tries; undefined: it tries none. */
async function whosePassword(
  context: HookContext,
  body: Record<string, unknown>,
): Promise<string | undefined> {
  if (context.path === signInPath) return String(body.email)
  const isTried = context.path === tokenPath && body.password !== undefined
  if (!isTried && !passwordPaths.includes(context.path)) return undefined
  return (await getSessionFromCtx(context))?.user.email
}
