import { type createAuthMiddleware, isAPIError } from 'better-auth/api'
import { verifyJWT } from 'better-auth/plugins'
import type { Parties } from '#db/app-grants.ts'
import {
  type EndingContext,
  endAccessTokens,
  endTokensBoundTo,
  findRefreshToken,
  findSpentCode,
  forgetSpentCode,
} from './consents.ts'

export type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0]

/** By it people, programs and scanners for leaked secrets know what they have found. */
export const refreshTokenPrefix = 'taskward_refresh_'

/**
 * A code or refresh token that is used a second time has been stolen, now or before (RFC 9700
 * §2.1.1, §4.14.2). The provider ends the refresh tokens; the access tokens are ended here, first.
 * @returns whose they were; undefined: nothing came twice.
 */
export async function endReplayed(
  { context, body }: HookContext,
  endings: EndingContext,
): Promise<Parties | undefined> {
  const { code, refresh_token, token } = body
  const spent = await endSpentCode(context.internalAdapter, code, endings)
  if (spent) return spent
  const sent = await findSent(context.adapter, refresh_token ?? token)
  if (!sent?.revoked) return undefined
  await endTokensBoundTo(endings, sent, sent.referenceId)
  return { clientId: sent.clientId, userId: sent.userId }
}

/** Forgotten after the end, so that an end that fails can be repeated. */
async function endSpentCode(
  internalAdapter: HookContext['context']['internalAdapter'],
  code: unknown,
  endings: EndingContext,
): Promise<Parties | undefined> {
  if (typeof code !== 'string') return undefined
  const spent = await findSpentCode(internalAdapter, code)
  if (!spent) return undefined
  await endTokensBoundTo(endings, spent, spent.binding ?? null)
  await forgetSpentCode(internalAdapter, code)
  return { clientId: spent.clientId, userId: spent.userId }
}

/**
 * RFC 7009 §2: an access token ends at once, a refresh token with its access tokens, and what is no
 * token of the client's is no error. The provider has checked the client when this runs; it has
 * refused every JWT, because it cannot end them.
 */
export async function endRevoked(
  context: HookContext,
  endings: EndingContext,
): Promise<Response | undefined> {
  const { returned } = context.context
  const { token } = context.body
  if (typeof token !== 'string' || token === '') return undefined
  const issued = await findIssued(context, token)
  if (isAPIError(returned)) {
    const isGoodJwt = returned.body?.error === 'unsupported_token_type'
    const isNoToken = !issued && returned.body?.error !== 'invalid_client'
    if (!isGoodJwt && !isNoToken) return undefined
  }
  if (issued && issued.parties.clientId === clientIdOf(context)) await issued.end(endings)
  return new Response(null, { status: 200 })
}

type Issued = { parties: Parties; end: (endings: EndingContext) => Promise<void> }

/** Whose token it is, and how its access tokens end; undefined: nobody's, or it has expired. */
async function findIssued({ context }: HookContext, token: string): Promise<Issued | undefined> {
  if (token.startsWith(refreshTokenPrefix)) {
    const sent = await findSent(context.adapter, token)
    return (
      sent && { parties: sent, end: (endings) => endTokensBoundTo(endings, sent, sent.referenceId) }
    )
  }
  const claims = await verifyJWT(token)
  if (typeof claims?.client_id !== 'string' || typeof claims.grant_id !== 'string') return undefined
  const { client_id: clientId, sub: userId, grant_id: grantId } = claims
  const parties = { clientId, userId }
  return { parties, end: (endings) => endAccessTokens(endings, parties, grantId) }
}

async function findSent(adapter: HookContext['context']['adapter'], token: unknown) {
  if (typeof token !== 'string' || !token.startsWith(refreshTokenPrefix)) return undefined
  return findRefreshToken(adapter, token.slice(refreshTokenPrefix.length))
}

/** As the form or HTTP Basic names it (RFC 6749 §2.3.1). */
function clientIdOf({ body, headers }: HookContext): unknown {
  const [, basic] = /^Basic +(.+)$/i.exec(headers?.get('authorization') ?? '') ?? []
  if (basic === undefined) return body.client_id
  return Buffer.from(basic, 'base64').toString().split(':', 1)[0]
}
