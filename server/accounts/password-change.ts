import type { BetterAuthPlugin } from 'better-auth'
import { APIError, createAuthMiddleware, isAPIError } from 'better-auth/api'
import { z } from 'zod'
import { type RevokeToken, revokeAll } from '../access-tokens/revoke-all.ts'
import { originOf } from '../http/origin-headers.ts'
import { recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'
import { type RevocationContext, revokeGrants } from '../oauth/consents.ts'
import { deleteLinks } from './one-time-links.ts'

/** What a password change revokes besides the other sessions. Default: nothing. */
const Choices = z.object({
  revokeAccessTokens: z.boolean().default(false),
  disconnectApps: z.boolean().default(false),
})

type PasswordChangeOptions = RevocationContext & { revokeToken: RevokeToken; log: Logger }
type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0]

/**
 * Lets one request change the password and revoke access tokens and connected apps: for users who
 * suspect that another person has used their account.
 */
export function passwordChange({ revokeToken, log, ...revocation }: PasswordChangeOptions) {
  const matcher = ({ path }: { path?: string }) => path === '/change-password'
  return {
    id: 'password-change',
    hooks: {
      before: [
        { matcher, handler: createAuthMiddleware(async ({ body }) => void parseChoices(body)) },
      ],
      after: [{ matcher, handler: createAuthMiddleware(revokeOthers) }],
    },
  } satisfies BetterAuthPlugin

  async function revokeOthers({ context, body, headers }: HookContext): Promise<void> {
    const { adapter, returned } = context
    if (isAPIError(returned)) return
    const { user } = Changed.parse(returned)
    const { revokeAccessTokens, disconnectApps } = parseChoices(body)
    await deleteLinks(adapter, user.id)
    const event = { userId: user.id, ...originOf(headers) }
    if (revokeAccessTokens) {
      for (const tokenId of await revokeAll(adapter, user.id, revokeToken))
        recordEvent(log, 'access_token_revoked', { ...event, tokenId })
    }
    if (disconnectApps) {
      for (const { clientId } of await revokeGrants(revocation, adapter, user.id))
        recordEvent(log, 'app_disconnected', { ...event, clientId })
    }
  }
}

const Changed = z.object({ user: z.object({ id: z.string() }) })

/** @throws APIError 400 that names the members that are not true or false. */
function parseChoices(body: unknown): z.infer<typeof Choices> {
  const { data, error } = Choices.safeParse(body)
  if (data) return data
  const members = error.issues.map(({ path }) => path.join('.'))
  throw new APIError('BAD_REQUEST', {
    code: 'VALIDATION_ERROR',
    message: `${members.join(' and ') || 'The body'} must be true or false.`,
  })
}
