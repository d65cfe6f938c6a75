import { isAPIError } from 'better-auth/api'
import { originOf } from '../http/origin-headers.ts'
import { type AuditEvent, digestEmail, recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'

/** What came of a request, by its path: done, or refused. */
const events: Record<string, [done: AuditEvent, refused?: AuditEvent]> = {
  '/sign-up/email': ['signed_up', 'sign_up_refused'],
  '/sign-in/email': ['signed_in', 'sign_in_refused'],
  '/change-password': ['password_changed', 'password_change_refused'],
  '/delete-user': ['account_deleted', 'account_deletion_refused'],
  '/access-token/create': ['access_token_created'],
  '/access-token/revoke': ['access_token_revoked'],
}

type Person = { user: { id: string } } | null | undefined

/** The part of Better Auth's context that an event is made of. */
type Finished = {
  path: string
  headers?: Headers
  body: unknown
  context: { returned?: unknown; session?: Person; newSession?: Person }
}

/** For Better Auth's `after` hook: it runs for refusals as well. */
export function recordAccountEvent(log: Logger, finished: Finished): void {
  const { path, headers, body, context } = finished
  const [done, refused] = events[path] ?? []
  if (!done) return
  const { returned, session, newSession } = context
  const userId = (newSession ?? session)?.user.id
  const fields = { userId, ...originOf(headers) }
  if (isAPIError(returned)) {
    if (!refused) return
    const account = userId === undefined ? digestEmail(emailIn(body)) : undefined
    recordEvent(log, refused, { ...fields, account, code: returned.body?.code })
  } else {
    recordEvent(log, done, { ...fields, tokenId: tokenIn(path, returned) })
  }
}

function emailIn(body: unknown): unknown {
  return typeof body === 'object' && body && 'email' in body ? body.email : undefined
}

/** Which access token was made or revoked. */
function tokenIn(path: string, returned: unknown): string | undefined {
  if (!path.startsWith('/access-token/') || typeof returned !== 'object') return undefined
  return returned && 'id' in returned ? String(returned.id) : undefined
}

type Ended = { id: string; userId: string }
type Ending = { path?: string; headers?: Headers } | null | undefined

/** For the hook of each session that ends, on whatever path. */
export function recordSessionEvent(log: Logger, { id, userId }: Ended, ending: Ending): void {
  const event = ending?.path === '/sign-out' ? 'signed_out' : 'session_ended'
  recordEvent(log, event, {
    userId,
    sessionId: id,
    path: ending?.path,
    ...originOf(ending?.headers),
  })
}
