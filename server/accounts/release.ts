import type { AuthContext } from 'better-auth'
import type { Pool } from 'pg'
import { listAppGrants } from '#db/app-grants.ts'
import type { Db } from '#db/client.ts'
import { countTasksOf } from '#db/owners.ts'
import { revokeAll } from '../access-tokens/revoke-all.ts'
import { listKeys } from '../access-tokens/store.ts'
import { digestEmail, recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'
import { revokeGrants } from '../oauth/consents.ts'
import type { Auth } from './auth.ts'
import { createTokenRevoker } from './session-revocation.ts'

type Parts = { auth: Pick<Auth, '$context'>; db: Db; pool: Pool; log: Logger }

/**
 * The account that has an address, for the operator to check. `lastSignInAt` is null without a
 * session.
 */
export type Holder = {
  userId: string
  email: string
  createdAt: Date
  lastSignInAt: Date | null
  sessions: number
  accessTokens: number
  apps: number
  tasks: number
}

/** Undefined: no account has this address. */
export async function findHolder(parts: Parts, address: string): Promise<Holder | undefined> {
  const { adapter, internalAdapter } = await getAuthContext(parts)
  const found = await internalAdapter.findUserByEmail(address.trim().toLowerCase())
  if (!found) return undefined
  const { id, email, createdAt } = found.user
  const sessions = await internalAdapter.listSessions(id)
  const times = sessions.map((session) => session.createdAt.getTime())
  return {
    userId: id,
    email,
    createdAt,
    lastSignInAt: times.length === 0 ? null : new Date(Math.max(...times)),
    sessions: sessions.length,
    accessTokens: (await listKeys(adapter, id)).length,
    apps: (await listAppGrants(parts.pool, id)).length,
    tasks: await countTasksOf(parts.db, id),
  }
}

/**
 * Frees the e-mail address of an account and revokes its credentials. The account keeps its tasks
 * and its password. Its new name is not an address, so no sign-in or sign-up matches it; an
 * operator can give it an address again.
 * @returns the account's new name.
 */
export async function releaseAddress(parts: Parts, { userId, email }: Holder): Promise<string> {
  const { internalAdapter } = await getAuthContext(parts)
  const name = `released:${userId}` // not an address: sign-in refuses it before any query
  // First, so that no new session begins while the old ones are revoked.
  await internalAdapter.updateUser(userId, { email: name, emailVerified: false })
  await revokeCredentials(parts, userId)
  recordEvent(parts.log, 'address_released', { userId, account: digestEmail(email) })
  return name
}

/**
 * Revokes sessions, access tokens and consents. Every instance refuses their tokens within a
 * second.
 */
export async function revokeCredentials(parts: Parts, userId: string): Promise<void> {
  const { adapter, internalAdapter } = await getAuthContext(parts)
  // This process serves no requests. The database notifies every running instance.
  const revokeTokensFrom = createTokenRevoker({ pool: parts.pool, onSessionEnded: () => {} })
  await internalAdapter.deleteUserSessions(userId)
  await revokeAll(adapter, userId, revokeTokensFrom)
  await revokeGrants({ pool: parts.pool, onRevoked: () => {} }, adapter, userId)
}

/**
 * The cast is needed because our context's type names our options, which Better Auth's functions do
 * not accept.
 */
async function getAuthContext({ auth }: Parts): Promise<AuthContext> {
  return (await auth.$context) as unknown as AuthContext
}
