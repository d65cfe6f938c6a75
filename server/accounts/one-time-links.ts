import { randomBytes } from 'node:crypto'
import type { AuthContext, BetterAuthOptions } from 'better-auth'

/*
 * Links that an operator makes or that are sent by e-mail: an invitation, a link to set a new
 * password, and one that verifies an e-mail address. Each works once, and contains a in its
 * fragment, which browsers do not send, so that no log of a proxy has it. The secret is stored as a
 * hash in Better Auth's table `verification`, and housekeeping deletes it.
 */

const invitationPrefix = 'invitation:'
/** The prefix of Better Auth's route /reset-password. */
const resetPrefix = 'reset-password:'
const addressPrefix = 'verify-address:'

/** Better Auth's option `verification`. */
export const linkStorage = {
  storeIdentifier: {
    default: 'plain',
    overrides: { [invitationPrefix]: 'hashed', [resetPrefix]: 'hashed', [addressPrefix]: 'hashed' },
  },
} satisfies BetterAuthOptions['verification']

type Parts = { adapter: AuthContext['internalAdapter']; baseUrl: string; now: Date }
export type OneTimeLink = { url: string; expiresAt: Date }

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Long enough for a weekend. */
const invitationTtlMs = 7 * dayMs
/** Short, because the link gives access to an account. An operator must find a way to send it. */
const operatorResetTtlMs = dayMs
/** For a mailbox that the user reads while waiting. */
const mailedResetTtlMs = hourMs
/** The link gives no access. */
const addressTtlMs = dayMs

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
export function createResetLink(
  parts: Parts,
  userId: string,
  by: 'operator' | 'mail',
): Promise<OneTimeLink> {
  const ttlMs = by === 'mail' ? mailedResetTtlMs : operatorResetTtlMs
  return createLink(parts, resetPrefix, userId, ttlMs, (secret) => {
    return `/reset-password#token=${secret}`
  })
}

/** That the user, whose address is `from`, has the mailbox `to`. Equal: the address stays. */
export type AddressClaim = { userId: string; from: string; to: string }

/** A link to a page that verifies the address `to`, and makes it the address of the account. */
export function createAddressLink(parts: Parts, claim: AddressClaim): Promise<OneTimeLink> {
  const value = [claim.userId, claim.from, claim.to].join(' ')
  return createLink(parts, addressPrefix, value, addressTtlMs, (secret) => {
    return `/verify-email#token=${secret}`
  })
}

/** Undefined: the link was used, has expired or does not exist. Two requests cannot both use it. */
export async function useAddressLink(
  adapter: Parts['adapter'],
  secret: string,
): Promise<AddressClaim | undefined> {
  const found = await adapter.consumeVerificationValue(`${addressPrefix}${secret}`)
  const [userId, from, to] = found?.value.split(' ') ?? []
  return userId && from && to ? { userId, from, to } : undefined
}

/**
 * Ends the links of a user that set a password or verify an address. After a new password or
 * address, a link from before must change nothing.
 */
export async function deleteLinks(
  adapter: Pick<AuthContext['adapter'], 'deleteMany'>,
  userId: string,
): Promise<void> {
  const where = [{ field: 'value', operator: 'starts_with' as const, value: userId }]
  await adapter.deleteMany({ model: 'verification', where })
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
