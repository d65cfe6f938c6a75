import type { BetterAuthOptions } from 'better-auth'
import { isDatabaseUnavailable } from '#db/availability.ts'
import type { Logger } from '../log/log.ts'

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
      log[level]({ err, ...(others.length > 0 && { details: others }) }, message)
    },
  }
}
