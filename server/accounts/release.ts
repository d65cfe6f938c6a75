import { digestEmail, recordEvent } from '../log/audit.ts'
import { endAccess, getAuthContext, type Parts, type User } from './users.ts'

/**
 * Frees the e-mail address of an account and revokes its credentials. The account keeps its tasks
 * and its password. Its new name is not an address, so no sign-in or sign-up matches it; an
 * operator can give it an address again.
 * @returns the account's new name.
 */
export async function releaseAddress(parts: Parts, { userId, email }: User): Promise<string> {
  const { internalAdapter } = await getAuthContext(parts)
  const name = `released:${userId}` // not an address: sign-in refuses it before any query
  // First, so that no new session begins while the old ones are revoked.
  await internalAdapter.updateUser(userId, { email: name, emailVerified: false })
  await endAccess(parts, userId)
  recordEvent(parts.log, 'address_released', { userId, account: digestEmail(email) })
  return name
}
