import { type createAuthMiddleware, isAPIError } from 'better-auth/api'
import { verifyJWT } from 'better-auth/plugins'
import {
  type EndSource,
  endAccessTokens,
  findRefreshToken,
  listConsents,
  type Parties,
  takeSpentCode,
} from './oauth-grants.ts'

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
  endSource: EndSource,
): Promise<Parties | undefined> {
  const { code, refresh_token, token } = body
  const spent =
    typeof code === 'string' ? await takeSpentCode(context.internalAdapter, code) : undefined
  const sent = await findSent(context.adapter, refresh_token ?? token)
  const parties = spent ?? (sent?.revoked ? sent : undefined)
  if (!parties) return undefined
  await endAccessTokens(context.adapter, parties, endSource)
  return { clientId: parties.clientId, userId: parties.userId }
}

/**
 * RFC 7009 §2: an access token ends at once, a refresh token with its access tokens, and what is no
 * token of the client's is no error. The provider has checked the client when this runs; it has
 * refused every JWT, because it cannot end them.
 */
export async function endRevoked(
  context: HookContext,
  endSource: EndSource,
): Promise<Response | undefined> {
  const { adapter, returned } = context.context
  const { token } = context.body
  if (typeof token !== 'string' || token === '') return undefined
  const parties = await findParties(context, token)
  if (isAPIError(returned)) {
    const isGoodJwt = returned.body?.error === 'unsupported_token_type'
    const isNoToken = !parties && returned.body?.error !== 'invalid_client'
    if (!isGoodJwt && !isNoToken) return undefined
  }
  if (parties && parties.clientId === clientIdOf(context)) {
    await endAccessTokens(adapter, parties, endSource)
  }
  return new Response(null, { status: 200 })
}

/** Whose token it is; undefined: nobody's, or it is not good any more. */
async function findParties({ context }: HookContext, token: string): Promise<Parties | undefined> {
  if (token.startsWith(refreshTokenPrefix)) return findSent(context.adapter, token)
  const claims = await verifyJWT(token)
  if (typeof claims?.client_id !== 'string') return undefined
  const parties = { clientId: claims.client_id, userId: claims.sub }
  const consents = await listConsents(context.adapter, parties)
  // It has ended already when its consent has another id: ending it again would end others.
  return consents.some(({ id }) => id === claims.grant_id) ? parties : undefined
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
