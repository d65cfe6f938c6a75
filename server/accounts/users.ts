import { setTimeout as sleep } from 'node:timers/promises'
import type { AuthContext } from 'better-auth'
import type { Pool } from 'pg'
import { listAppGrants } from '#db/app-grants.ts'
import type { Db } from '#db/client.ts'
import { countTasksOf, deleteEverythingOf } from '#db/owners.ts'
import { listKeys } from '../access-tokens/store.ts'
import { digestEmail, recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'
import type { Auth } from './auth.ts'
import { createInvitation, createResetLink, type OneTimeLink } from './one-time-links.ts'
import { revokeCredentials } from './revoke-credentials.ts'

/** What an operator's command needs. It serves no requests. */
export type Parts = { auth: Pick<Auth, '$context'>; db: Db; pool: Pool; log: Logger }

/** A user, for the operator to check. `lastSignInAt`: null without a session. */
export type User = {
  userId: string
  email: string
  name: string
  createdAt: Date
  isDisabled: boolean
  lastSignInAt: Date | null
  sessions: number
  accessTokens: number
  apps: number
  tasks: number
}

/** Wait for requests that read the account before it was changed. */
const settleMs = 2_000

/** By e-mail address, in any case, or by id. Undefined: there is no such user. */
export async function findUser(parts: Parts, emailOrId: string): Promise<User | undefined> {
  const { adapter, internalAdapter } = await getAuthContext(parts)
  const text = emailOrId.trim()
  const byEmail = await internalAdapter.findUserByEmail(text.toLowerCase())
  const user = byEmail?.user ?? (await internalAdapter.findUserById(text))
  if (!user) return undefined
  const { id, email, name, createdAt } = user
  const sessions = await internalAdapter.listSessions(id)
  const times = sessions.map((session) => session.createdAt.getTime())
  return {
    userId: id,
    email,
    name,
    createdAt,
    isDisabled: 'disabledAt' in user && user.disabledAt !== null,
    lastSignInAt: times.length === 0 ? null : new Date(Math.max(...times)),
    sessions: sessions.length,
    accessTokens: (await listKeys(adapter, id)).length,
    apps: (await listAppGrants(parts.pool, id)).length,
    tasks: await countTasksOf(parts.db, id),
  }
}

/** The user can no longer sign in, and everything that gives access ends. The tasks are kept. */
export async function disableUser(parts: Parts, { userId }: User): Promise<void> {
  await setDisabledAt(parts, userId, new Date())
  await endAccess(parts, userId)
  recordEvent(parts.log, 'user_disabled', { userId })
}

/** The user can sign in again. What ended stays ended. */
export async function enableUser(parts: Parts, { userId }: User): Promise<void> {
  await setDisabledAt(parts, userId, null)
  recordEvent(parts.log, 'user_enabled', { userId })
}

/** Deletes the account and its tasks. A failure in between leaves a disabled user. */
export async function deleteUser(parts: Parts, { userId, email }: User): Promise<void> {
  const { internalAdapter } = await getAuthContext(parts)
  await setDisabledAt(parts, userId, new Date())
  await endAccess(parts, userId)
  await deleteEverythingOf(parts.db, userId)
  await internalAdapter.deleteUser(userId)
  await deleteEverythingOf(parts.db, userId) // rows that were written in between
  recordEvent(parts.log, 'user_deleted', { userId, account: digestEmail(email) })
}

/** A link that sets a new password once. Until then the old password stays valid. */
export async function resetPassword(
  parts: Parts,
  { userId }: User,
  baseUrl: string,
): Promise<OneTimeLink> {
  const { internalAdapter: adapter } = await getAuthContext(parts)
  const link = await createResetLink({ adapter, baseUrl, now: new Date() }, userId, 'operator')
  recordEvent(parts.log, 'reset_link_created', { userId })
  return link
}

/** A link that creates one account with this address. */
export async function inviteUser(
  parts: Parts,
  email: string,
  baseUrl: string,
): Promise<OneTimeLink> {
  const { internalAdapter: adapter } = await getAuthContext(parts)
  const link = await createInvitation({ adapter, baseUrl, now: new Date() }, email)
  recordEvent(parts.log, 'invitation_created', { account: digestEmail(email) })
  return link
}

/**
 * Revokes all that gives access to an account, and once more for requests that had read the account
 * before. Call it after a change that refuses new sign-ins.
 */
export async function endAccess(parts: Parts, userId: string): Promise<void> {
  const revocation = { context: await getAuthContext(parts), pool: parts.pool }
  await revokeCredentials(revocation, userId)
  await sleep(settleMs)
  await revokeCredentials(revocation, userId)
}

async function setDisabledAt(parts: Parts, userId: string, disabledAt: Date | null): Promise<void> {
  const { internalAdapter } = await getAuthContext(parts)
  await internalAdapter.updateUser(userId, { disabledAt })
}

/**
 * The cast is needed because our context's type names our options, which Better Auth's functions do
 * not accept.
 */
export async function getAuthContext({ auth }: Parts): Promise<AuthContext> {
  return (await auth.$context) as unknown as AuthContext
}
