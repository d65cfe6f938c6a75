import { createHash } from 'node:crypto'
import type { AuthContext, DBAdapter } from 'better-auth'
import { APIError } from 'better-auth/api'
import type { Pool } from 'pg'
import {
  type Binding,
  deleteAppGrants,
  type EndedGrant,
  endBoundTokens,
  endGrantId,
  type Parties,
  recordAppUse,
} from '#db/app-grants.ts'

type RefreshToken = Parties & {
  revoked: Date | null
  referenceId: string | null
  /** Until then a second use is a retry. Null: the token was not rotated. */
  rotationReplayExpiresAt: Date | null
  /** The encrypted response of the rotation, which a retry receives. */
  rotationReplayResponse: string | null
}
type Adapter = AuthContext['adapter']
/** The part of Better Auth's adapter that finds a refresh token. */
export type RefreshTokenTable = Pick<DBAdapter, 'findOne'>
type InternalAdapter = AuthContext['internalAdapter']

/**
 * What revocation of an app's access tokens needs. `onRevoked` receives the `grant_id` of the
 * revoked tokens, so that this instance refuses them without waiting for the database:
 * tokens/revocation.ts.
 */
export type RevocationContext = { pool: Pool; onRevoked: (grantId: string) => void }

/** The form in which codes and refresh tokens are stored. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

/**
 * Requires a grant that covers the token to be issued, whatever code or refresh token is presented.
 * @returns the `grant_id` of the token.
 * @throws APIError 400 `invalid_grant`.
 */
export async function requireGrant(
  pool: Pool,
  use: Parameters<typeof recordAppUse>[1],
): Promise<string> {
  const grantId = await recordAppUse(pool, use)
  if (grantId !== undefined) return grantId
  throw new APIError('BAD_REQUEST', {
    error: 'invalid_grant',
    error_description: 'The user has not allowed this app to do so, or has disconnected it.',
  })
}

/** Revokes the access tokens with a `grant_id`. Does nothing if they are revoked already. */
export async function revokeAccessTokens(
  context: RevocationContext,
  parties: Parties,
  grantId: string,
) {
  notify(context, await endGrantId(context.pool, parties, grantId))
}

/** Revokes the access tokens of the grant that a code or refresh token is bound to. */
export async function revokeBoundTokens(
  context: RevocationContext,
  parties: Parties,
  binding: Binding,
) {
  notify(context, await endBoundTokens(context.pool, parties, binding))
}

function notify({ onRevoked }: RevocationContext, grantId: string | undefined): void {
  if (grantId !== undefined) onRevoked(grantId)
}

/**
 * Deletes the grant with the given id and revokes its tokens. Without an id: all grants of the
 * user. The first statement is final. Provider rows that are left over are bound to a grant that no
 * longer exists.
 */
export async function revokeGrants(
  { pool, onRevoked }: RevocationContext,
  adapter: Adapter,
  userId: string,
  id?: string,
): Promise<EndedGrant[]> {
  const grants = await deleteAppGrants(pool, userId, id)
  for (const { grantId } of grants) onRevoked(grantId)
  for (const grant of grants) await deleteBound(adapter, userId, grant)
  return grants
}

/** Deletes only rows of this grant, because the user may have connected the app again. */
async function deleteBound(adapter: Adapter, userId: string, { id, clientId }: EndedGrant) {
  const ofParties = [
    { field: 'clientId', value: clientId },
    { field: 'userId', value: userId },
  ]
  for (const referenceId of [id, null]) {
    const where = [...ofParties, { field: 'referenceId', value: referenceId }]
    await adapter.deleteMany({ model: 'oauthRefreshToken', where })
    await adapter.deleteMany({ model: 'oauthConsent', where })
  }
}

/** Undefined: it was never issued, or was deleted with its token family. */
export async function findRefreshToken(
  adapter: RefreshTokenTable,
  token: string,
): Promise<RefreshToken | undefined> {
  const where = [{ field: 'token', value: hashSecret(token) }]
  return (await adapter.findOne<RefreshToken>({ model: 'oauthRefreshToken', where })) ?? undefined
}

/** Whether a second use of the token is a retry of the first, and no replay. */
export function isRecentlyRotated({ rotationReplayExpiresAt }: RefreshToken): boolean {
  return rotationReplayExpiresAt !== null && rotationReplayExpiresAt >= new Date()
}

const spentCodeIdentifier = (code: string) => `oauth-spent-code:${hashSecret(code)}`

/** The client, the user and the grant of the tokens that a code was redeemed for. */
type SpentCode = Parties & { binding?: Binding }

/** The provider deletes a redeemed code. This record detects that it is used a second time. */
export async function recordSpentCode(
  internalAdapter: InternalAdapter,
  code: string,
  { clientId, userId, binding }: SpentCode,
  ttlMs: number,
): Promise<void> {
  await internalAdapter.createVerificationValue({
    identifier: spentCodeIdentifier(code),
    value: JSON.stringify({ clientId, userId, binding } satisfies SpentCode),
    expiresAt: new Date(Date.now() + ttlMs),
  })
}

/** Undefined: no tokens were issued for the code, or they have expired, or were revoked already. */
export async function findSpentCode(
  internalAdapter: InternalAdapter,
  code: string,
): Promise<SpentCode | undefined> {
  const spent = await internalAdapter.findVerificationValue(spentCodeIdentifier(code))
  if (!spent || spent.expiresAt < new Date()) return undefined
  return JSON.parse(spent.value) as SpentCode
}

/** Called once the tokens of the code are revoked, so that a third use revokes no later tokens. */
export async function deleteSpentCode(
  internalAdapter: InternalAdapter,
  code: string,
): Promise<void> {
  await internalAdapter.consumeVerificationValue(spentCodeIdentifier(code))
}
