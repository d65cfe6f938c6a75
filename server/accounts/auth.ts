import {
  getCurrentAuthContextAsyncLocalStorage,
  getCurrentDBAdapterAsyncLocalStorage,
  getRequestStateAsyncLocalStorage,
} from '@better-auth/core/context'
import { betterAuth } from 'better-auth'
import { APIError, createAuthMiddleware, getSessionFromCtx, isAPIError } from 'better-auth/api'
import { getMigrations } from 'better-auth/db/migration'
import { type JwtOptions, jwt } from 'better-auth/plugins'
import type { Pool } from 'pg'
import { disableWhenIdle } from '#db/async-storage.ts'
import type { Db } from '#db/client.ts'
import { accessTokens } from '../access-tokens/plugin.ts'
import { accessTokenKeys } from '../access-tokens/store.ts'
import { addressHeader } from '../http/origin-headers.ts'
import {
  createAccessTokenLimit,
  createExportLimit,
  createMailLimit,
  createSignInLimit,
  createSignUpLimit,
} from '../limits/account-limits.ts'
import type { Logger } from '../log/log.ts'
import { type Mailer, noMailer } from '../mail/mailer.ts'
import type { FetchDocument } from '../oauth/document-fetch.ts'
import { oauth, oauthErrorPage } from '../oauth/plugins.ts'
import { recordAccountEvent } from './account-events.ts'
import { accountExport } from './account-export.ts'
import { accountMail } from './account-mail.ts'
import { authLogger } from './auth-log.ts'
import { disabledUsers } from './disabled-users.ts'
import { createKeyOptions, type KeyTimes } from './key-times.ts'
import { linkStorage } from './one-time-links.ts'
import { type OpenIdOptions, openId } from './openid.ts'
import { passwordChange } from './password-change.ts'
import { createPasswordHashing, isHashingBusy, passwordLength } from './password-hashing.ts'
import { passwordReset } from './password-reset.ts'
import { cleanProfile } from './profile.ts'
import { cookieOptions } from './session-cookie.ts'
import { sessionList } from './session-list.ts'
import { createTokenRevoker, sessionRevocation, withSafeDefaults } from './session-revocation.ts'
import { signInOptions } from './sign-in-options.ts'
import { requireSignUp, type SignUps, signUpRule } from './sign-ups.ts'

/**
 * Short, because a stolen token stays valid until it expires. The page renews it in the background.
 */
const tokenTtl = '15m'

/**
 * Rows that Better Auth reads in one query. With its default of 100, deleting more sessions than
 * that revokes the tokens of only the first 100.
 */
const maxRows = 100_000

// One of each for the process, for all instances of Better Auth.
disableWhenIdle(await getCurrentAuthContextAsyncLocalStorage())
disableWhenIdle(await getCurrentDBAdapterAsyncLocalStorage())
disableWhenIdle(await getRequestStateAsyncLocalStorage())

const signInPath = '/sign-in/email'
const signUpPath = '/sign-up/email'
/** Ask a signed-in user for the password again. A stolen session must not be able to guess it. */
const passwordPaths = ['/change-password', '/delete-user', '/verify-password']
/** Need the password only if the session is not fresh. A request without one is no attempt. */
const freshPaths = ['/access-token/create', '/link-social', '/change-email']

type AuthOptions = {
  pool: Pool
  /** Holds the account's rows, which are deleted with the account. */
  db: Db
  /** Called on this instance. The database notifies the other instances. */
  onSessionEnded?: (sessionId: string) => void
  secret: string
  baseUrl: string
  trustedOrigins: string[]
  /** Who may create an account. Default: open. */
  signUps?: SignUps
  /** The OpenID provider that users may sign in with. */
  oidc?: OpenIdOptions
  /** Max sign-ups from one address in an hour. 0: no limit. */
  signUpsPerHour: number
  log: Logger
  /** Default: no e-mail can be sent. */
  mailer?: Mailer
  /** Fetches the metadata of OAuth clients. Default: over the network. */
  fetchDocument?: FetchDocument
} & KeyTimes

export type Auth = ReturnType<typeof createAuth>

/**
 * Better Auth: e-mail and password, sessions in cookies, OAuth for apps, and JWTs for the API. Owns
 * all tables but those of db/tables.ts.
 */
export function createAuth(options: AuthOptions) {
  const { pool, db, secret, baseUrl, trustedOrigins, log, onSessionEnded = () => {} } = options
  const { signUps = 'open', mailer = noMailer } = options
  const signInLimit = createSignInLimit(pool)
  const countSignUp = createSignUpLimit(pool, options.signUpsPerHour)
  const revokeToken = createTokenRevoker({ pool, onSessionEnded })
  const keys = accessTokenKeys()
  const hashing = createPasswordHashing()
  const jwtOptions = tokenOptions(options)
  return betterAuth({
    database: pool,
    secret,
    baseURL: baseUrl,
    trustedOrigins,
    ...sessionRevocation({ pool, db, onSessionEnded, log }),
    verification: linkStorage,
    emailAndPassword: {
      enabled: true,
      ...passwordLength,
      ...passwordReset({ pool, onSessionEnded, log }),
      password: hashing.password,
    },
    advanced: {
      ...cookieOptions(baseUrl),
      ipAddress: { ipAddressHeaders: [addressHeader] },
      disableOriginCheck: false, // stated, because the default is true if NODE_ENV is test
      database: {
        validateSchema: false, // migrateAuth runs later and reports failures
        defaultFindManyLimit: maxRows,
      },
    },
    rateLimit: { enabled: false }, // it counts all requests; signInLimit counts failed sign-ins
    telemetry: { enabled: false },
    // Better Auth throws unexpected errors, so that they reach our log and not the console.
    onAPIError: { throw: true, errorURL: oauthErrorPage },
    logger: authLogger(log),
    plugins: [
      jwt(jwtOptions),
      keys,
      accessTokens({
        keys,
        jwt: jwtOptions,
        pool,
        countNew: createAccessTokenLimit(pool),
        revokeToken,
      }),
      ...oauth({
        pool,
        baseUrl,
        onRevoked: onSessionEnded,
        log,
        fetchDocument: options.fetchDocument,
      }),
      passwordChange({ pool, revokeToken, onRevoked: onSessionEnded, log }),
      accountMail({ mailer, baseUrl, countMail: createMailLimit(pool), log }),
      accountExport({ pool, db, countExport: createExportLimit(pool), log }),
      sessionList(),
      signUpRule(signUps),
      signInOptions({
        signUps,
        provider: options.oidc?.name ?? null,
        mail: mailer.canSend,
      }),
      ...openId(options.oidc, log),
      disabledUsers(),
    ],
    hooks: {
      before: createAuthMiddleware(async (context) => {
        const cleaned = cleanProfile(context.path, cleanBody(context.body))
        const body = withSafeDefaults(context.path, cleaned)
        const address = readAddress(context.headers)
        if (context.path === signUpPath) {
          const { internalAdapter } = context.context
          const { email, invitation } = body
          await requireSignUp(signUps, internalAdapter, { email: String(email), invitation })
          await countSignUp(address)
          await hashing.prepare(context.request, body.password)
        }
        const email = await findTriedEmail(context, body)
        if (email !== undefined) await signInLimit.spend({ address, email })
        return { context: { body } }
      }),
      after: createAuthMiddleware(async (context) => {
        recordAccountEvent(log, context)
        // Not instanceof: for a body that is not valid JSON, better-call throws its own APIError
        // class.
        const { returned } = context.context
        if (isAPIError(returned) && !isHashingBusy(returned)) return
        const address = readAddress(context.headers)
        const body = cleanBody(context.body)
        const email = await findTriedEmail(context, body)
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
    jwks: createKeyOptions(times),
    jwt: {
      issuer: baseUrl,
      audience: baseUrl,
      expirationTime: tokenTtl,
      // The default payload is the whole user row.
      definePayload: ({ user, session }) => ({ email: user.email, sid: session.id }),
    },
  } satisfies JwtOptions
}

/** What Better Auth's tables lack. Empty: nothing. */
export async function listAuthMigrations(auth: Auth): Promise<string[]> {
  const { toBeCreated, toBeAdded } = await getMigrations(auth.options)
  return [
    ...toBeCreated.map(({ table }) => `table ${table}`),
    ...toBeAdded.map(
      ({ table, fields }) => `columns ${Object.keys(fields).join(', ')} of ${table}`,
    ),
  ]
}

/** Migrates Better Auth's tables and creates the first signing key. */
export async function migrateAuth(auth: Auth): Promise<void> {
  const { runMigrations } = await getMigrations(auth.options)
  await runMigrations()
  await auth.api.getJwks()
}

/**
 * Trims the e-mail and writes it in lower case.
 * @throws APIError 400 for text that Postgres cannot store.
 */
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

function readAddress(headers: Headers | undefined): string {
  return headers?.get(addressHeader) ?? ''
}

type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0]

/** The e-mail of the account whose password this request tries. Undefined: it tries no password. */
async function findTriedEmail(
  context: HookContext,
  body: Record<string, unknown>,
): Promise<string | undefined> {
  if (context.path === signInPath) return String(body.email)
  const isTried = freshPaths.includes(context.path) && body.password !== undefined
  if (!isTried && !passwordPaths.includes(context.path)) return undefined
  return (await getSessionFromCtx(context))?.user.email
}
