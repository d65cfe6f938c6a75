import { APIError, type createAuthMiddleware, isAPIError } from 'better-auth/api'
import { symmetricDecrypt } from 'better-auth/crypto'
import { verifyJWT } from 'better-auth/plugins'
import type { Parties } from '#db/app-grants.ts'
import {
  deleteSpentCode,
  findRefreshToken,
  findSpentCode,
  isRecentlyRotated,
  type RevocationContext,
  revokeAccessTokens,
  revokeBoundTokens,
} from './consents.ts'

export type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0]

/** Prefix for secret scanning. */
export const refreshTokenPrefix = 'taskward_refresh_'

/**
 * Seconds in which a second use of a refresh token is a retry: of two processes of one app, or after
 * a lost response. It receives the same tokens, so there is never a second family of tokens.
 */
export const refreshRetrySeconds = 30

/**
 * Revokes the access tokens of a code or refresh token that is used a second time, which means that
 * it was stolen (RFC 9700 §2.1.1, §4.14.2), unless the second refresh is a retry. The provider then
 * revokes the refresh tokens.
 * @returns the client and the user. Undefined: nothing was used twice.
 */
export async function revokeReplayed(
  { context, body, path }: HookContext,
  revocation: RevocationContext,
): Promise<Parties | undefined> {
  const { code, refresh_token, token } = body
  const spent = await revokeSpentCode(context.internalAdapter, code, revocation)
  if (spent) return spent
  const sent = await findSentRefreshToken(context.adapter, refresh_token ?? token)
  if (!sent?.revoked) return undefined
  if (path === '/oauth2/token' && isRecentlyRotated(sent)) return undefined
  await revokeBoundTokens(revocation, sent, sent.referenceId)
  return { clientId: sent.clientId, userId: sent.userId }
}

/**
 * Refuses a retry whose tokens were revoked meanwhile. The provider would answer with the stored
 * response of the first request.
 * @throws APIError 400 `invalid_grant`.
 */
export async function refuseRevokedRetry({ context, body }: HookContext): Promise<void> {
  let sent = await findSentRefreshToken(context.adapter, body.refresh_token)
  // The refresh token of the response may have been rotated too, so each response leads to the next.
  while (sent?.revoked && isRecentlyRotated(sent) && sent.rotationReplayResponse) {
    const next = await readRefreshToken(context, sent.rotationReplayResponse)
    sent = await findSentRefreshToken(context.adapter, next)
    if (sent && (!sent.revoked || isRecentlyRotated(sent))) continue
    throw new APIError('BAD_REQUEST', {
      error: 'invalid_grant',
      error_description: 'The tokens of this refresh were revoked.',
    })
  }
}

/** The refresh token in a stored response, as the provider encrypts it. */
async function readRefreshToken({ secretConfig }: HookContext['context'], stored: string) {
  const text = await symmetricDecrypt({ key: secretConfig, data: stored })
  return (JSON.parse(text) as { response: { refresh_token?: unknown } }).response.refresh_token
}

/** Deletes the record last, so that a revocation that fails can be repeated. */
async function revokeSpentCode(
  internalAdapter: HookContext['context']['internalAdapter'],
  code: unknown,
  revocation: RevocationContext,
): Promise<Parties | undefined> {
  if (typeof code !== 'string') return undefined
  const spent = await findSpentCode(internalAdapter, code)
  if (!spent) return undefined
  await revokeBoundTokens(revocation, spent, spent.binding ?? null)
  await deleteSpentCode(internalAdapter, code)
  return { clientId: spent.clientId, userId: spent.userId }
}

/**
 * Implements RFC 7009 §2: revokes an access token, or a refresh token with its access tokens. A
 * token that is unknown or belongs to another client is no error. The provider has authenticated
 * the client before this runs, and has refused every JWT, because it cannot revoke them.
 * @returns 200. Undefined: the provider's answer stands.
 */
export async function answerRevocation(
  context: HookContext,
  revocation: RevocationContext,
): Promise<Response | undefined> {
  const { returned } = context.context
  const { token } = context.body
  if (typeof token !== 'string' || token === '') return undefined
  const issued = await findIssued(context, token)
  if (isAPIError(returned)) {
    const isValidJwt = returned.body?.error === 'unsupported_token_type'
    const isUnknownToken = !issued && returned.body?.error !== 'invalid_client'
    if (!isValidJwt && !isUnknownToken) return undefined
  }
  if (issued && issued.parties.clientId === readClientId(context)) await issued.revoke(revocation)
  return new Response(null, { status: 200 })
}

type Issued = { parties: Parties; revoke: (revocation: RevocationContext) => Promise<void> }

/**
 * The client and user of a token, and how to revoke its access tokens. Undefined: unknown or
 * expired.
 */
async function findIssued({ context }: HookContext, token: string): Promise<Issued | undefined> {
  if (token.startsWith(refreshTokenPrefix)) {
    const sent = await findSentRefreshToken(context.adapter, token)
    return (
      sent && {
        parties: sent,
        revoke: (revocation) => revokeBoundTokens(revocation, sent, sent.referenceId),
      }
    )
  }
  const claims = await verifyJWT(token)
  if (typeof claims?.client_id !== 'string' || typeof claims.grant_id !== 'string') return undefined
  const { client_id: clientId, sub: userId, grant_id: grantId } = claims
  const parties = { clientId, userId }
  return { parties, revoke: (revocation) => revokeAccessTokens(revocation, parties, grantId) }
}

async function findSentRefreshToken(adapter: HookContext['context']['adapter'], token: unknown) {
  if (typeof token !== 'string' || !token.startsWith(refreshTokenPrefix)) return undefined
  return findRefreshToken(adapter, token.slice(refreshTokenPrefix.length))
}

/** Reads the client id from the form or from HTTP Basic (RFC 6749 §2.3.1). */
function readClientId({ body, headers }: HookContext): unknown {
  const [, basic] = /^Basic +(.+)$/i.exec(headers?.get('authorization') ?? '') ?? []
  if (basic === undefined) return body.client_id
  return Buffer.from(basic, 'base64').toString().split(':', 1)[0]
}
