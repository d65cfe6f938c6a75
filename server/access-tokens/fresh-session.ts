import type { GenericEndpointContext } from 'better-auth'
import { APIError } from 'better-auth/api'

/** Since the sign-in. For comparison: GitHub's sudo mode ends after two hours. */
const maxAgeMinutes = 60

type FreshContext = GenericEndpointContext & { body: { password?: string | undefined } }

/**
 * Requires a recent sign-in or the password, for an action whose result outlives the session. A
 * person who finds an open browser must not be able to create a token for a year. A password that
 * is sent is always checked.
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
