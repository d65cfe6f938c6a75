import type { BetterAuthPlugin } from 'better-auth'
import { APIError, createAuthMiddleware, isAPIError } from 'better-auth/api'
import { setLimits } from '#db/actor-brakes.ts'
import { shareGrantScopes } from '#db/app-grants.ts'
import { addressHeader, originOf } from '../http/origin-headers.ts'
import { createRegistrationLimit } from '../limits/account-limits.ts'
import { BrakeLimits } from '../limits/brake-limits.ts'
import { recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'
import type { RevocationContext } from './consents.ts'
import { hideEditorUri, restoreEditorUri } from './editor-uris.ts'
import { cleanRegistration } from './registration.ts'
import { completeAuthorization, completeForm } from './request.ts'
import {
  answerRevocation,
  type HookContext,
  refuseRevokedRetry,
  revokeReplayed,
} from './revocation.ts'

type HookOptions = RevocationContext & { baseUrl: string; log: Logger }

/**
 * Our rules beyond those of the provider, and corrections where it answers other than the RFCs say.
 */
export function oauthHooks({ baseUrl, log, ...revocation }: HookOptions) {
  const countRegistration = createRegistrationLimit(revocation.pool)
  const matches =
    (...paths: string[]) =>
    (context: { path?: string }) =>
      paths.some((path) => context.path === `/oauth2/${path}`)
  return {
    id: 'oauth-rules',
    onRequest: (request) => completeRequest(request, baseUrl),
    hooks: {
      before: [
        {
          matcher: matches('register'),
          handler: createAuthMiddleware(async ({ headers, body }) => {
            await countRegistration(headers?.get(addressHeader) ?? '')
            const redirect_uris = (body as Registered).redirect_uris.map(hideEditorUri)
            return { context: { body: { ...body, redirect_uris } } }
          }),
        },
        {
          matcher: matches('consent'),
          handler: createAuthMiddleware(async ({ body }) => void parseLimits(body)),
        },
        {
          matcher: matches('token', 'revoke'),
          handler: createAuthMiddleware(async (context) => {
            const parties = await revokeReplayed(context, revocation)
            if (parties)
              recordEvent(log, 'app_token_replayed', { ...parties, ...originOf(context.headers) })
          }),
        },
        {
          matcher: matches('token'),
          handler: createAuthMiddleware(refuseRevokedRetry),
        },
      ],
      after: [
        {
          matcher: matches('register', 'consent'),
          handler: createAuthMiddleware(async (context) => recordApp(log, context)),
        },
        {
          matcher: matches('consent'),
          handler: createAuthMiddleware(async ({ body, context }) => {
            if (body.accept !== true || isAPIError(context.returned)) return
            const clientId = new URLSearchParams(body.oauth_query).get('client_id')
            const userId = context.session?.user.id
            if (!clientId || !userId) return
            await shareGrantScopes(revocation.pool, { clientId, userId })
            const app = { kind: 'APP', id: clientId } as const
            await setLimits(revocation.pool, userId, app, parseLimits(body))
          }),
        },
        {
          matcher: matches('register'),
          handler: createAuthMiddleware(restoreEditorUris),
        },
        {
          matcher: matches('token'),
          handler: createAuthMiddleware(async (context) => toStandardError(context)),
        },
        {
          matcher: matches('revoke'),
          handler: createAuthMiddleware((context) => answerRevocation(context, revocation)),
        },
      ],
    },
  } satisfies BetterAuthPlugin
}

/** @throws APIError 400 when a limit is not in its range. */
function parseLimits(body: unknown) {
  const { data, error } = BrakeLimits.safeParse(body)
  if (data) return data
  const faults = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  const error_description = `${faults.join('; ')}.`
  throw new APIError('BAD_REQUEST', { error: 'invalid_request', error_description })
}

type Completed = { request: Request } | { response: Response } | undefined

async function completeRequest(request: Request, baseUrl: string): Promise<Completed> {
  const { pathname } = new URL(request.url)
  const isGet = request.method === 'GET'
  if (pathname === '/api/auth/oauth2/authorize') {
    if (isGet) return { request: completeAuthorization(request, baseUrl) }
    return { response: new Response(null, { status: 405, headers: { Allow: 'GET' } }) }
  }
  if (isGet) return undefined
  if (pathname === '/api/auth/oauth2/token' || pathname === '/api/auth/oauth2/revoke') {
    return { request: await completeForm(request, baseUrl) }
  }
  if (pathname !== '/api/auth/oauth2/register') return undefined
  const cleaned = await cleanRegistration(request)
  return cleaned instanceof Response ? { response: cleaned } : { request: cleaned }
}

type Registered = { client_id: string; redirect_uris: string[] }

/** Undefined: the client has no URI of an editor. */
async function restoreEditorUris({ context }: HookContext): Promise<Response | undefined> {
  if (isAPIError(context.returned)) return undefined
  const registered = context.returned as Registered
  const redirectUris = registered.redirect_uris.map(restoreEditorUri)
  if (redirectUris.every((uri, at) => uri === registered.redirect_uris[at])) return undefined
  const where = [{ field: 'clientId', value: registered.client_id }]
  await context.adapter.update({ model: 'oauthClient', where, update: { redirectUris } })
  return Response.json({ ...registered, redirect_uris: redirectUris }, { status: 201 })
}

/** Records that an app has registered, or that a user has given it consent. */
function recordApp(log: Logger, { path, headers, body, context }: HookContext): void {
  const { returned, session } = context
  if (isAPIError(returned)) return
  if (path === '/oauth2/register') {
    const { client_id } = returned as { client_id?: string }
    recordEvent(log, 'app_registered', { clientId: client_id, ...originOf(headers) })
  } else if (body.accept === true) {
    const clientId = new URLSearchParams(body.oauth_query).get('client_id') ?? undefined
    const userId = session?.user.id
    recordEvent(log, 'app_connected', { userId, clientId, ...originOf(headers) })
  }
}

/**
 * Descriptions of errors that are `invalid_grant` in the RFCs and have another code in the
 * provider.
 */
const invalidGrantDescriptions = [
  'code verification failed',
  'session no longer exists',
  'user not found',
]

/**
 * Corrects error code and status as RFC 6749 §5.2 and RFC 7636 §4.6 define them. Only a client that
 * fails to authenticate receives 401. Undefined: the answer is correct.
 */
function toStandardError({ context: { returned } }: HookContext): Response | undefined {
  if (!isAPIError(returned)) return undefined
  const { error, error_description } = returned.body ?? {}
  const isInvalidGrant =
    ['invalid_user', 'invalid_token'].includes(String(error)) ||
    invalidGrantDescriptions.includes(String(error_description))
  if (!isInvalidGrant && (returned.statusCode !== 401 || error === 'invalid_client'))
    return undefined
  return Response.json(
    { error: isInvalidGrant ? 'invalid_grant' : error, error_description },
    { status: 400 },
  )
}
