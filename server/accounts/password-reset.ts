import { getCurrentAuthEndpointContext } from '@better-auth/core/context'
import type { BetterAuthOptions } from 'better-auth'
import { originOf } from '../http/origin-headers.ts'
import { recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'
import { deleteLinks } from './one-time-links.ts'
import { type Revocation, revokeCredentials } from './revoke-credentials.ts'

type Options = Omit<Revocation, 'context'> & { log: Logger }

/**
 * A new password by a link ends everything that gives access to the account: the user may have lost
 * the old one to another person.
 */
export function passwordReset({ log, ...revocation }: Options) {
  return {
    revokeSessionsOnPasswordReset: true,
    async onPasswordReset({ user }) {
      const { context, headers } = getCurrentAuthEndpointContext()
      // The sessions again: one may have begun with the old password meanwhile.
      await revokeCredentials({ context, ...revocation }, user.id)
      await deleteLinks(context.adapter, user.id)
      recordEvent(log, 'password_reset', { userId: user.id, ...originOf(headers) })
    },
  } satisfies Omit<NonNullable<BetterAuthOptions['emailAndPassword']>, 'enabled'>
}
