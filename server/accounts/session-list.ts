import type { BetterAuthPlugin } from 'better-auth'
import {
  APIError,
  createAuthEndpoint,
  sensitiveSessionMiddleware,
  sessionMiddleware,
} from 'better-auth/api'
import { z } from 'zod'

/** A session of the viewer, without its secret. */
export type ListedSession = {
  id: string
  createdAt: Date
  /** Exact to a day: Better Auth extends a session in use once a day. */
  lastSeenAt: Date
  /** The User-Agent header of the sign-in. */
  userAgent: string | null
  /** Whether the request belongs to it. */
  isCurrent: boolean
}

/**
 * Routes for the account page. Better Auth's own list has the secrets of the sessions, so it refuses
 * a session that is older than a day. This one has none, and ends a session by its id.
 */
export function sessionList() {
  return {
    id: 'session-list',
    endpoints: {
      listOwnSessions: createAuthEndpoint(
        '/session/list',
        { method: 'GET', use: [sessionMiddleware] },
        async ({ context }): Promise<ListedSession[]> => {
          const current = context.session
          const sessions = await context.internalAdapter.listSessions(current.user.id)
          return sessions
            .map(({ id, createdAt, updatedAt, userAgent }) => ({
              id,
              createdAt,
              lastSeenAt: updatedAt,
              userAgent: userAgent || null,
              isCurrent: id === current.session.id,
            }))
            .sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime())
        },
      ),
      endOwnSession: createAuthEndpoint(
        '/session/revoke',
        { method: 'POST', body: z.object({ id: z.string() }), use: [sensitiveSessionMiddleware] },
        async ({ context, body }) => {
          const sessions = await context.internalAdapter.listSessions(context.session.user.id)
          const session = sessions.find(({ id }) => id === body.id)
          if (!session) throw sessionNotFound()
          await context.internalAdapter.deleteSession(session.token)
          return { revoked: true }
        },
      ),
    },
  } satisfies BetterAuthPlugin
}

function sessionNotFound(): APIError {
  const message = 'There is no such session. It may have ended already.'
  return new APIError('NOT_FOUND', { code: 'NOT_FOUND', message })
}
