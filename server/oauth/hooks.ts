import type { BetterAuthPlugin } from 'better-auth'
import { createAuthMiddleware, isAPIError } from 'better-auth/api'
import { addressHeader, originOf } from '../http/origin-headers.ts'
import { createRegistrationLimit } from '../limits/account-limits.ts'
import { recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'
import type { EndingContext } from './consents.ts'
import { cleanRegistration } from './registration.ts'
import { completeAuthorization, completeForm } from './request.ts'
import { endReplayed, endRevoked, type HookContext } from './revocation.ts'

type RulesOptions = EndingContext & { baseUrl: string; log: Logger }

/** What we ask of OAuth beyond the provider, and where it answers otherwise than the RFCs say. */
export function oauthHooks({ baseUrl, log, ...endings }: RulesOptions) {
  const countRegistration = createRegistrationLimit(endings.pool)
  const on =
    (...paths: string[]) =>
    (context: { path?: string }) =>
      paths.some((path) => context.path === `/oauth2/${path}`)
  return {
    id: 'oauth-rules',
    onRequest: (request) => completeRequest(request, baseUrl),
    hooks: {
      before: [
        {
          matcher: on('register'),
          handler: createAuthMiddleware(({ headers }) =>
            countRegistration(headers?.get(addressHeader) ?? ''),
          ),
        },
        {
          matcher: on('token', 'revoke'),
          handler: createAuthMiddleware(async (context) => {
            const parties = await endReplayed(context, endings)
            if (parties)
              recordEvent(log, 'app_token_replayed', { ...parties, ...originOf(context.headers) })
          }),
        },
      ],
      after: [
        {
          matcher: on('register', 'consent'),
          handler: createAuthMiddleware(async (context) => recordApp(log, context)),
        },
        {
          matcher: on('token'),
          handler: createAuthMiddleware(async (context) => asInRfc(context)),
        },
        {
          matcher: on('revoke'),
          handler: createAuthMiddleware((context) => endRevoked(context, endings)),
        },
      ],
    },
  } satisfies BetterAuthPlugin
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

/** An app that has registered itself, or was allowed something. */
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

/** Faults of the code, the verifier or the refresh token, which the provider calls by other names. */
const faultsOfGrant = ['code verification failed', 'session no longer exists', 'user not found']

/** RFC 6749 §5.2, RFC 7636 §4.6. 401 is for clients that fail to prove who they are. */
function asInRfc({ context: { returned } }: HookContext): Response | undefined {
  if (!isAPIError(returned)) return undefined
  const { error, error_description } = returned.body ?? {}
  const isGrant =
    ['invalid_user', 'invalid_token'].includes(String(error)) ||
    faultsOfGrant.includes(String(error_description))
  if (!isGrant && (returned.statusCode !== 401 || error === 'invalid_client')) return undefined
  return Response.json(
    { error: isGrant ? 'invalid_grant' : error, error_description },
    { status: 400 },
  )
}
