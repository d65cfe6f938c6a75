import { isAPIError } from 'better-auth/api'
import { originOf } from '../http/origin-headers.ts'
import { type AuditEvent, digestEmail, recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'

/** The events of each path: of a request that succeeded, and of one that was refused. */
const events: Record<string, [done: AuditEvent, refused?: AuditEvent]> = {
  '/sign-up/email': ['signed_up', 'sign_up_refused'],
  '/sign-in/email': ['signed_in', 'sign_in_refused'],
  '/change-password': ['password_changed', 'password_change_refused'],
  '/send-verification-email': ['verification_requested'],
  '/change-email': ['email_change_requested', 'email_change_refused'],
  '/delete-user': ['account_deleted', 'account_deletion_refused'],
  '/access-token/create': ['access_token_created'],
  '/access-token/revoke': ['access_token_revoked'],
}

type SessionUser = { user: { id: string } } | null | undefined

/** The part of Better Auth's context that an event needs. */
type FinishedRequest = {
  path: string
  headers?: Headers
  body: unknown
  context: { returned?: unknown; session?: SessionUser; newSession?: SessionUser }
}

/** Runs in Better Auth's `after` hook, which is called for refusals as well. */
export function recordAccountEvent(log: Logger, finished: FinishedRequest): void {
  const { path, headers, body, context } = finished
  const [done, refused] = events[path] ?? []
  if (!done) return
  const { returned, session, newSession } = context
  const userId = (newSession ?? session)?.user.id
  const fields = { userId, ...originOf(headers) }
  if (isAPIError(returned)) {
    if (!refused) return
    const account = userId === undefined ? digestEmail(readEmail(body)) : undefined
    recordEvent(log, refused, { ...fields, account, code: returned.body?.code })
  } else {
    recordEvent(log, done, { ...fields, tokenId: readTokenId(path, returned) })
  }
}

function readEmail(body: unknown): unknown {
  return typeof body === 'object' && body && 'email' in body ? body.email : undefined
}

/** The id of the access token that was created or revoked. */
function readTokenId(path: string, returned: unknown): string | undefined {
  if (!path.startsWith('/access-token/') || typeof returned !== 'object') return undefined
  return returned && 'id' in returned ? String(returned.id) : undefined
}

type DeletedSession = { id: string; userId: string }
type DeletionContext = { path?: string; headers?: Headers } | null | undefined

/** Runs in Better Auth's hook for each deleted session, on every path. */
export function recordSessionEvent(
  log: Logger,
  { id, userId }: DeletedSession,
  context: DeletionContext,
): void {
  const event = context?.path === '/sign-out' ? 'signed_out' : 'session_ended'
  recordEvent(log, event, {
    userId,
    sessionId: id,
    path: context?.path,
    ...originOf(context?.headers),
  })
}
