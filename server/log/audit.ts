import { createHash } from 'node:crypto'
import type { Logger } from './log.ts'

/**
 * The audited events and their log messages. docs/operations.md explains the codes; they are never
 * renamed.
 */
const messages = {
  signed_up: 'An account was created',
  sign_up_refused: 'A sign-up was refused',
  signed_in: 'A user signed in',
  sign_in_refused: 'A sign-in was refused',
  signed_out: 'A user signed out',
  session_ended: 'A session was ended',
  provider_connected: 'A user connected the OpenID provider to an account',
  provider_connection_refused: 'A connection of the OpenID provider was refused',
  password_changed: 'A password was changed',
  password_change_refused: 'A password change was refused',
  reset_link_requested: 'A link to set a new password was requested',
  password_reset: 'A password was set with a link',
  verification_requested: 'A user requested a link that verifies the e-mail address',
  email_verified: 'An e-mail address was verified',
  email_change_requested: 'A user requested another e-mail address',
  email_change_refused: 'A change of an e-mail address was refused',
  email_changed: 'The e-mail address of an account was changed',
  account_exported: 'A user exported an account',
  account_deleted: 'An account was deleted',
  account_deletion_refused: 'An account deletion was refused',
  address_released: 'An operator released the e-mail address of an account',
  invitation_created: 'An operator created an invitation',
  reset_link_created: 'An operator created a link to set a new password',
  user_disabled: 'An operator disabled a user',
  user_enabled: 'An operator enabled a user',
  user_deleted: 'An operator deleted a user',
  access_token_created: 'An access token was created',
  access_token_revoked: 'An access token was revoked',
  token_exchanged: 'A token was exchanged for a narrower one',
  app_registered: 'An app registered itself',
  app_connected: 'A user connected an app',
  app_disconnected: 'A user disconnected an app',
  app_token_replayed: 'A code or refresh token of an app was used twice',
  token_refused: 'A token was refused',
  limit_hit: 'A limit was hit',
  key_replaced: 'Tokens are signed with a new key',
} as const

export type AuditEvent = keyof typeof messages

export const auditEvents = Object.keys(messages)

/**
 * The account, the client address and the request. Never a secret; an e-mail address only as a
 * digest.
 */
export type AuditFields = Partial<
  Record<
    | 'userId'
    | 'account'
    | 'sessionId'
    | 'address'
    | 'requestId'
    | 'code'
    | 'path'
    | 'keyId'
    | 'tokenId'
    | 'source'
    | 'clientId',
    string
  >
>

/** Writes one log line. */
export function recordEvent(
  log: Logger,
  event: AuditEvent,
  fields: AuditFields & { count?: number },
) {
  log.info({ event, ...fields }, messages[event])
}

/**
 * Shows whether two log lines are about the same account, without logging its e-mail address: the
 * first 16 hex digits of a SHA-256. Undefined: the value is not a string.
 */
export function digestEmail(email: unknown): string | undefined {
  if (typeof email !== 'string') return undefined
  return createHash('sha256').update(email.trim().toLowerCase()).digest('hex').slice(0, 16)
}
