import { createHash } from 'node:crypto'
import type { Logger } from './log.ts'

/** What somebody may ask about afterwards; explained in docs/operations.md, never renamed. */
const sentences = {
  signed_up: 'An account was made',
  sign_up_refused: 'An account was not made',
  signed_in: 'Somebody signed in',
  sign_in_refused: 'Somebody did not sign in',
  signed_out: 'Somebody signed out',
  session_ended: 'A session was ended',
  password_changed: 'A password was changed',
  password_change_refused: 'A password was not changed',
  account_deleted: 'An account was deleted',
  account_deletion_refused: 'An account was not deleted',
  address_released: 'The e-mail address of an account was freed by an operator',
  access_token_created: 'An access token was made',
  access_token_revoked: 'An access token was revoked',
  token_exchanged: 'A token was exchanged for a narrower one',
  app_registered: 'An app registered itself',
  app_connected: 'Somebody allowed an app to use their account',
  app_disconnected: 'Somebody disconnected an app',
  app_token_replayed: 'A code or refresh token of an app was used twice',
  token_refused: 'A token was refused',
  limit_hit: 'A limit was hit',
  key_replaced: 'Tokens are signed with a new key',
} as const

export type AuditEvent = keyof typeof sentences

export const auditEvents = Object.keys(sentences)

/** Who, from where, by which request; never a secret, and of an e-mail address only a digest. */
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

/** One line of the log for one event. */
export function recordEvent(
  log: Logger,
  event: AuditEvent,
  fields: AuditFields & { count?: number },
) {
  log.info({ event, ...fields }, sentences[event])
}

/** To tell whether two lines are about one account, and whether it is a certain one; nothing more. */
export function digestOf(email: unknown): string | undefined {
  if (typeof email !== 'string') return undefined
  return createHash('sha256').update(email.trim().toLowerCase()).digest('hex').slice(0, 16)
}

const periodMs = 60_000
const maxAddresses = 1_000

export type EventCounter = ReturnType<typeof createEventCounter>

/**
 * For events of which a flood must not flood the log: the first of an address is told at once, and
 * the further ones of the same minute by their number.
 */
export function createEventCounter(log: Logger, ms = periodMs) {
  const further = new Map<string, { event: AuditEvent; fields: AuditFields; count: number }>()

  function flush(): void {
    for (const { event, fields, count } of further.values()) {
      if (count > 0) recordEvent(log, event, { ...fields, requestId: undefined, count })
    }
    further.clear()
  }

  const period = setInterval(flush, ms).unref()
  return {
    count(event: AuditEvent, fields: AuditFields): void {
      const isFull = further.size >= maxAddresses
      const { address, code } = fields
      const known = further.get(`${event} ${code} ${address}`)
      if (known) known.count++
      else if (!isFull) {
        recordEvent(log, event, fields)
        further.set(`${event} ${code} ${address}`, { event, fields, count: 0 })
      } else {
        const others = further.get(event) ?? { event, fields: { address: 'others' }, count: 0 }
        others.count++
        further.set(event, others)
      }
    },
    close(): void {
      clearInterval(period)
      flush()
    },
  }
}
