import type { GenericEndpointContext } from 'better-auth'
import { APIError } from 'better-auth/api'

/** Since the sign-in; GitHub asks again after two hours without an action that needs it. */
const maxAgeMinutes = 60

type FreshContext = GenericEndpointContext & { body: { password?: string | undefined } }

/**
 * What outlives a session takes a session that has just begun, or the password: somebody who comes
 * upon an open browser must not leave with a token for a year. A password that is sent is checked
 * in any case.
 * @throws APIError 403 SESSION_NOT_FRESH, or 400 INVALID_PASSWORD.
 */
export async function requireFreshSession(context: FreshContext): Promise<void> {
  const { session, password } = context.context
  if (!session) throw new APIError('UNAUTHORIZED')
  if (context.body.password !== undefined) {
    await password.checkPassword(session.user.id, context)
  } else if (Date.now() - session.session.createdAt.getTime() > maxAgeMinutes * 60_000) {
    throw notFresh()
  }
}

function notFresh(): APIError {
  return new APIError('FORBIDDEN', {
    code: 'SESSION_NOT_FRESH',
    message: `You signed in more than ${maxAgeMinutes} minutes ago. Send your password as "password" as well, or sign in again.`,
  })
}
