import type { AuthContext } from 'better-auth'
import type { Pool } from 'pg'
import { revokeAll } from '../access-tokens/revoke-all.ts'
import { revokeGrants } from '../oauth/consents.ts'
import { createTokenRevoker } from './session-revocation.ts'

export type Revocation = {
  context: Pick<AuthContext, 'adapter' | 'internalAdapter'>
  pool: Pool
  /** Called on this instance. The database notifies the other instances. */
  onSessionEnded?: (sessionId: string) => void
}

/**
 * Revokes sessions, access tokens and consents. Every instance refuses their tokens within a
 * second.
 */
export async function revokeCredentials(
  { context, pool, onSessionEnded = () => {} }: Revocation,
  userId: string,
): Promise<void> {
  const { adapter, internalAdapter } = context
  await internalAdapter.deleteUserSessions(userId)
  await revokeAll(adapter, userId, createTokenRevoker({ pool, onSessionEnded }))
  await revokeGrants({ pool, onRevoked: onSessionEnded }, adapter, userId)
}
