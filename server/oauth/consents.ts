import { createHash } from 'node:crypto'
import type { AuthContext } from 'better-auth'
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

type RefreshToken = Parties & { revoked: Date | null; referenceId: string | null }
type Adapter = AuthContext['adapter']
type InternalAdapter = AuthContext['internalAdapter']

/** What the access tokens of an app carry of its grant was ended: at once here, see tokens/revocation.ts. */
export type EndingContext = { pool: Pool; onEnded: (grantId: string) => void }

/** Codes and refresh tokens are kept as this only. */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}

/**
 * What a token is issued by: without a grant that covers it there is none, whatever code or refresh
 * token is presented.
 * @returns the `grant_id` of the token.
 */
export async function requireGrant(
  pool: Pool,
  use: Parameters<typeof recordAppUse>[1],
): Promise<string> {
  const grantId = await recordAppUse(pool, use)
  if (grantId !== undefined) return grantId
  throw new APIError('BAD_REQUEST', {
    error: 'invalid_grant',
    error_description: 'The person does not allow this app to do so, or no longer.',
  })
}

/** Ends the access tokens of an app by what they carry. A grant_id that has ended is no error. */
export async function endAccessTokens(endings: EndingContext, parties: Parties, grantId: string) {
  note(endings, await endGrantId(endings.pool, parties, grantId))
}

/** Ends the access tokens of the grant that a code or refresh token is bound to. */
export async function endTokensBoundTo(endings: EndingContext, parties: Parties, binding: Binding) {
  note(endings, await endBoundTokens(endings.pool, parties, binding))
}

function note({ onEnded }: EndingContext, ended: string | undefined): void {
  if (ended !== undefined) onEnded(ended)
}

/**
 * Nothing is left of what an app was allowed; without an id, of what any was. The first statement
 * is final: what it leaves of the provider's rows is bound to a grant that is gone.
 */
export async function disconnect(
  { pool, onEnded }: EndingContext,
  adapter: Adapter,
  userId: string,
  id?: string,
): Promise<EndedGrant[]> {
  const ended = await deleteAppGrants(pool, userId, id)
  for (const { grantId } of ended) onEnded(grantId)
  for (const grant of ended) await deleteBound(adapter, userId, grant)
  return ended
}

/** By the grant alone: the person may have connected the app again meanwhile. */
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

/** Undefined: it was never issued, or is gone with its family. */
export async function findRefreshToken(
  adapter: Adapter,
  token: string,
): Promise<RefreshToken | undefined> {
  const where = [{ field: 'token', value: digestOf(token) }]
  return (await adapter.findOne<RefreshToken>({ model: 'oauthRefreshToken', where })) ?? undefined
}

const spentName = (code: string) => `oauth-spent-code:${digestOf(code)}`

/** Whose tokens were issued for a code, and by which grant. */
type SpentCode = Parties & { binding?: Binding }

/** The provider forgets a code as it is used. Who uses it again is found out by this. */
export async function rememberSpentCode(
  internalAdapter: InternalAdapter,
  code: string,
  { clientId, userId, binding }: SpentCode,
  lifetimeMs: number,
): Promise<void> {
  await internalAdapter.createVerificationValue({
    identifier: spentName(code),
    value: JSON.stringify({ clientId, userId, binding } satisfies SpentCode),
    expiresAt: new Date(Date.now() + lifetimeMs),
  })
}

/** Undefined: no tokens were issued for the code, they have expired, or were ended by `forget…`. */
export async function findSpentCode(
  internalAdapter: InternalAdapter,
  code: string,
): Promise<SpentCode | undefined> {
  const spent = await internalAdapter.findVerificationValue(spentName(code))
  if (!spent || spent.expiresAt < new Date()) return undefined
  return JSON.parse(spent.value) as SpentCode
}

/** Once its tokens have ended, a code that comes again ends nothing more. */
export async function forgetSpentCode(
  internalAdapter: InternalAdapter,
  code: string,
): Promise<void> {
  await internalAdapter.consumeVerificationValue(spentName(code))
}
