import type { BetterAuthOptions } from 'better-auth'
import { APIError } from 'better-auth/api'
import type { Pool } from 'pg'
import type { Db } from '#db/client.ts'
import { recordEndedSession } from '#db/ended-sessions.ts'
import { deleteEverythingOf } from '#db/owners.ts'
import type { Logger } from '../log/log.ts'
import { recordSessionEvent } from './account-events.ts'

type SourceOptions = {
  pool: Pool
  onSessionEnded: (sessionId: string) => void
}

type SessionEndingsOptions = SourceOptions & {
  db: Db
  log: Logger
}

/** Ends all tokens that were made from a source: a session, or an access token. */
export function createEndSource({ pool, onSessionEnded }: SourceOptions) {
  return async (id: string): Promise<void> => {
    await recordEndedSession(pool, id)
    onSessionEnded(id) // at once here; every other instance hears of it
  }
}

/**
 * What else ends with a session, and with an account. Better Auth calls the hook for each session it
 * deletes, on all its routes, and before it does: when the end cannot be announced, the session stays.
 */
export function endings({ db, log, ...options }: SessionEndingsOptions) {
  const endSource = createEndSource(options)
  // Before, so that nothing is left if we are interrupted; and after, for what was written meanwhile.
  const deleteRows = ({ id }: { id: string }) => deleteEverythingOf(db, id)
  return {
    databaseHooks: {
      session: {
        delete: {
          async before(session, context) {
            await endSource(session.id)
            recordSessionEvent(log, session, context)
          },
        },
      },
    },
    user: { deleteUser: { enabled: true, beforeDelete: deleteRows, afterDelete: deleteRows } },
  } satisfies BetterAuthOptions
}

/**
 * What we ask beyond Better Auth: that deleting an account takes its password, however fresh the
 * session is, and that a new password ends all sessions unless told otherwise.
 */
export function withSafeDefaults(
  path: string,
  body: Record<string, unknown>,
): Record<string, unknown> {
  if (path === '/change-password') return { revokeOtherSessions: true, ...body }
  if (path === '/delete-user' && (typeof body.password !== 'string' || body.password === '')) {
    throw new APIError('BAD_REQUEST', {
      code: 'PASSWORD_REQUIRED',
      message: 'Deleting an account takes its password.',
    })
  }
  return body
}
