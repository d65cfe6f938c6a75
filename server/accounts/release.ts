import type { AuthContext } from 'better-auth'
import type { Pool } from 'pg'
import { listAppGrants } from '#db/app-grants.ts'
import type { Db } from '#db/client.ts'
import { countTasksOf } from '#db/owners.ts'
import { revokeAll } from '../access-tokens/revoke-all.ts'
import { listKeys } from '../access-tokens/store.ts'
import { digestEmail, recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'
import { disconnect } from '../oauth/consents.ts'
import type { Auth } from './auth.ts'
import { createEndSource } from './session-revocation.ts'

type Parts = { auth: Pick<Auth, '$context'>; db: Db; pool: Pool; log: Logger }

/** What stands under an address, for an operator who is to decide. Dates are null where there is none. */
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
  const { adapter, internalAdapter } = await contextOf(parts)
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
 * Frees the address of an account, ends all that the account is used by, and keeps its tasks and
 * its password. Its new name is not an address, so no sign-in and no sign-up reaches it; an operator
 * can give it an address again.
 * @returns the account's new name.
 */
export async function releaseAddress(parts: Parts, { userId, email }: Holder): Promise<string> {
  const { internalAdapter } = await contextOf(parts)
  const name = `released:${userId}` // not an address: sign-in refuses it before it looks
  // First, so that no new session begins while the others are ended.
  await internalAdapter.updateUser(userId, { email: name, emailVerified: false })
  await endEverything(parts, userId)
  recordEvent(parts.log, 'address_released', { userId, account: digestEmail(email) })
  return name
}

/** Sessions, access tokens and consents; within a second no instance accepts a token of them. */
export async function endEverything(parts: Parts, userId: string): Promise<void> {
  const { adapter, internalAdapter } = await contextOf(parts)
  // The database announces it to every running instance.
  const endSource = createEndSource({ pool: parts.pool, onSessionEnded: () => {} })
  await internalAdapter.deleteUserSessions(userId)
  await revokeAll(adapter, userId, endSource)
  await disconnect({ pool: parts.pool, onEnded: () => {} }, adapter, userId)
}

/** As endpoints have it: the type of ours names its options, and none of Better Auth's own takes it. */
async function contextOf({ auth }: Parts): Promise<AuthContext> {
  return (await auth.$context) as unknown as AuthContext
}
