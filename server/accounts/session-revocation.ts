import type { BetterAuthOptions } from 'better-auth'
import { APIError } from 'better-auth/api'
import type { Pool } from 'pg'
import type { Db } from '#db/client.ts'
import { recordEndedSession } from '#db/ended-sessions.ts'
import { deleteEverythingOf } from '#db/owners.ts'
import type { Logger } from '../log/log.ts'
import { recordSessionEvent } from './account-events.ts'

type RevokerOptions = {
  pool: Pool
  onSessionEnded: (sessionId: string) => void
}

type SessionRevocationOptions = RevokerOptions & {
  db: Db
  log: Logger
}

/**
 * Returns a function that revokes all JWTs that originate from a session or an access token.
 * It takes the id of that session or access token.
 */
export function createTokenRevoker({ pool, onSessionEnded }: RevokerOptions) {
  return async (id: string): Promise<void> => {
    await recordEndedSession(pool, id)
    onSessionEnded(id) // for this instance; the database notifies the others
  }
}

/**
 * Revokes the tokens of a session that is deleted, and deletes the rows of an account that is
 * deleted. Better Auth calls the session hook on all its routes, before it deletes the session. If
 * the revocation fails, the session stays.
 */
export function sessionRevocation({ db, log, ...options }: SessionRevocationOptions) {
  const revokeTokensFrom = createTokenRevoker(options)
  // Before, so that a crash leaves no rows behind. After, for rows that were written in between.
  const deleteRows = ({ id }: { id: string }) => deleteEverythingOf(db, id)
  return {
    databaseHooks: {
      session: {
        delete: {
          async before(session, context) {
            await revokeTokensFrom(session.id)
            recordSessionEvent(log, session, context)
          },
        },
      },
    },
    user: { deleteUser: { enabled: true, beforeDelete: deleteRows, afterDelete: deleteRows } },
  } satisfies BetterAuthOptions
}

/**
 * Two rules that are stricter than Better Auth's defaults: deleting an account always needs its
 * password, and a new password revokes all other sessions unless the body says otherwise.
 * @throws APIError 400 PASSWORD_REQUIRED.
 */
export function withSafeDefaults(
  path: string,
  body: Record<string, unknown>,
): Record<string, unknown> {
  if (path === '/change-password') return { revokeOtherSessions: true, ...body }
  if (path === '/delete-user' && (typeof body.password !== 'string' || body.password === '')) {
    throw new APIError('BAD_REQUEST', {
      code: 'PASSWORD_REQUIRED',
      message: 'Send the password to delete the account.',
    })
  }
  return body
}
