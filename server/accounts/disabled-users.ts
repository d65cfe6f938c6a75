import type { BetterAuthPlugin, GenericEndpointContext } from 'better-auth'
import { APIError } from 'better-auth/api'

/**
 * A user whom the operator has disabled can begin no session. The check runs when a session is about
 * to begin, so after the password was right: a guess does not reveal that the account is disabled.
 */
export function disabledUsers() {
  return {
    id: 'disabled-users',
    schema: {
      user: {
        // Null: not disabled. No request may set or read it.
        fields: { disabledAt: { type: 'date', required: false, input: false, returned: false } },
      },
    },
    init: () => ({ options: { databaseHooks: { session: { create: { before: check } } } } }),
  } satisfies BetterAuthPlugin
}

async function check({ userId }: { userId: string }, context: GenericEndpointContext | null) {
  if (!context) throw new Error('A session begins outside of a request.')
  const user: object | null = await context.context.internalAdapter.findUserById(userId)
  if (!user || !('disabledAt' in user) || user.disabledAt === null) return
  throw new APIError('FORBIDDEN', {
    code: 'ACCOUNT_DISABLED',
    message: 'The operator of this server has disabled this account. Ask the operator.',
  })
}
