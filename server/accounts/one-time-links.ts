import { randomBytes } from 'node:crypto'
import type { AuthContext, BetterAuthOptions } from 'better-auth'

/*
 * Links that an operator makes: an invitation, and a link to set a new password. Each contains a
 * secret in its fragment, which browsers do not send, so that no log of a proxy has it. The secret is
 * stored as a hash in Better Auth's table `verification`, and housekeeping deletes it.
 */

const invitationPrefix = 'invitation:'
/** The prefix of Better Auth's route /reset-password. */
const resetPrefix = 'reset-password:'

/** Better Auth's option `verification`. */
export const linkStorage = {
  storeIdentifier: {
    default: 'plain',
    overrides: { [invitationPrefix]: 'hashed', [resetPrefix]: 'hashed' },
  },
} satisfies BetterAuthOptions['verification']

type Parts = { adapter: AuthContext['internalAdapter']; baseUrl: string; now: Date }
export type OneTimeLink = { url: string; expiresAt: Date }

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Long enough for a weekend. */
const invitationTtlMs = 7 * dayMs
/** Short, because the link gives access to an account. */
const resetTtlMs = dayMs

export const toInvitationId = (secret: string) => `${invitationPrefix}${secret}`

/** A link to the sign-up page, for this address only. */
export function createInvitation(parts: Parts, email: string): Promise<OneTimeLink> {
  const query = new URLSearchParams({ email })
  return createLink(parts, invitationPrefix, email, invitationTtlMs, (secret) => {
    query.set('invitation', secret)
    return `/sign-up#${query}`
  })
}

/** A link to a page that sets a new password. */
export function createResetLink(parts: Parts, userId: string): Promise<OneTimeLink> {
  return createLink(parts, resetPrefix, userId, resetTtlMs, (secret) => {
    return `/reset-password#token=${secret}`
  })
}

async function createLink(
  { adapter, baseUrl, now }: Parts,
  prefix: string,
  value: string,
  ttlMs: number,
  toPath: (secret: string) => string,
): Promise<OneTimeLink> {
  const secret = randomBytes(24).toString('base64url')
  const expiresAt = new Date(now.getTime() + ttlMs)
  await adapter.createVerificationValue({ identifier: `${prefix}${secret}`, value, expiresAt })
  return { url: `${baseUrl}${toPath(secret)}`, expiresAt }
}
