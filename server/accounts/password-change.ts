import type { BetterAuthPlugin } from 'better-auth'
import { APIError, createAuthMiddleware, isAPIError } from 'better-auth/api'
import { z } from 'zod'
import { type EndSource, revokeAll } from '../access-tokens/revoke-all.ts'
import { originOf } from '../http/origin-headers.ts'
import { recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'
import { disconnect, type EndingContext } from '../oauth/consents.ts'

/** What a change of password ends beside sessions; nothing unless it is asked to. */
const Wishes = z.object({
  revokeAccessTokens: z.boolean().default(false),
  disconnectApps: z.boolean().default(false),
})

type Options = EndingContext & { endSource: EndSource; log: Logger }
type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0]

/** For people who fear that somebody else has used the account: one step ends all that could go on. */
export function passwordChange({ endSource, log, ...endings }: Options) {
  const matcher = ({ path }: { path?: string }) => path === '/change-password'
  return {
    id: 'password-change',
    hooks: {
      before: [{ matcher, handler: createAuthMiddleware(async ({ body }) => void parse(body)) }],
      after: [{ matcher, handler: createAuthMiddleware(endOthers) }],
    },
  } satisfies BetterAuthPlugin

  async function endOthers({ context, body, headers }: HookContext): Promise<void> {
    const { adapter, returned } = context
    if (isAPIError(returned)) return
    const { user } = Changed.parse(returned)
    const { revokeAccessTokens, disconnectApps } = parse(body)
    const event = { userId: user.id, ...originOf(headers) }
    if (revokeAccessTokens) {
      for (const tokenId of await revokeAll(adapter, user.id, endSource))
        recordEvent(log, 'access_token_revoked', { ...event, tokenId })
    }
    if (disconnectApps) {
      for (const { clientId } of await disconnect(endings, adapter, user.id))
        recordEvent(log, 'app_disconnected', { ...event, clientId })
    }
  }
}

const Changed = z.object({ user: z.object({ id: z.string() }) })

/** @throws APIError 400 that names the member which is not true or false. */
function parse(body: unknown): z.infer<typeof Wishes> {
  const { data, error } = Wishes.safeParse(body)
  if (data) return data
  const members = error.issues.map(({ path }) => path.join('.'))
  throw new APIError('BAD_REQUEST', {
    code: 'VALIDATION_ERROR',
    message: `${members.join(' and ') || 'The body'} must be true or false.`,
  })
}
