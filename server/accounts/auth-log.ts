import type { BetterAuthOptions } from 'better-auth'
import { isDatabaseUnavailable } from '#db/availability.ts'
import type { Logger } from '../log/log.ts'

/**
 * Callbacks of the OpenID provider that were refused, which any client can cause. Each is recorded as
 * `sign_in_refused` with its code (openid.ts).
 */
const refusedCallbacks = new Set([
  'INVALID_CALLBACK_REQUEST',
  'State not found',
  'Failed to parse state',
  'OAuth issuer mismatch',
  'account_not_linked',
])

/**
 * Writes Better Auth's messages to our log. An error among the details becomes `err`, with its
 * stack.
 */
export function authLogger(log: Logger): BetterAuthOptions['logger'] {
  return {
    log(level, message, ...details) {
      if (details.some(isDatabaseUnavailable)) return // logged once, by db/availability.ts
      const err = details.find((detail) => detail instanceof Error)
      const others = details.filter((detail) => detail !== err)
      const ownLevel = refusedCallbacks.has(message) ? 'debug' : level
      log[ownLevel]({ err, ...(others.length > 0 && { details: others }) }, message)
    },
  }
}
