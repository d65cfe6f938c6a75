import type { BetterAuthPlugin } from 'better-auth'
import { createAuthMiddleware, isAPIError } from 'better-auth/api'
import type { Auth } from '../accounts/auth.ts'

/** From its registration on. */
const maxAgeMs = 7 * 86_400_000
const pageSize = 100

const clientModel = 'oauthClient'

/** One that was never used was last changed when it was made. */
type Client = { id: string; clientId: string; createdAt: Date | null; updatedAt: Date | null }

/** What shows that somebody has used a client, also one from before that was noted on it. */
const traces = ['oauthConsent', 'oauthRefreshToken', 'oauthAccessToken']

/** Notes on a client that a person has allowed it: its consent is gone when they disconnect it. */
export function noteUsedClients() {
  return {
    id: 'used-clients',
    hooks: {
      after: [
        {
          matcher: ({ path }) => path === '/oauth2/consent',
          handler: createAuthMiddleware(async ({ body, context }) => {
            if (body.accept !== true || isAPIError(context.returned)) return
            const value = new URLSearchParams(body.oauth_query).get('client_id')
            const where = [{ field: 'clientId', value }]
            const update = { updatedAt: new Date() }
            await context.adapter.update({ model: clientModel, where, update })
          }),
        },
      ],
    },
  } satisfies BetterAuthPlugin
}

/**
 * Deletes registrations older than 7 days that no person has ever allowed anything. One round looks
 * at `maxPages` of 100, in the order of their ids, and the next round at those behind.
 * @returns how many were deleted in this round.
 */
export function createRegistrationSweep(auth: Pick<Auth, '$context'>, maxPages = 20) {
  let behind = ''
  return async (now: Date, signal?: AbortSignal): Promise<number> => {
    let deleted = 0
    for (let page = 0; page < maxPages && !signal?.aborted; page++) {
      const clients = await listOld(auth, now, behind)
      for (const client of clients) if (await deleteUnused(auth, client)) deleted++
      behind = clients.at(-1)?.id ?? ''
      if (clients.length < pageSize) {
        behind = ''
        break
      }
    }
    return deleted
  }
}

async function listOld(auth: Pick<Auth, '$context'>, now: Date, behind: string): Promise<Client[]> {
  const { adapter } = await auth.$context
  return adapter.findMany<Client>({
    model: clientModel,
    where: [
      { field: 'id', operator: 'gt', value: behind },
      { field: 'createdAt', operator: 'lt', value: new Date(now.getTime() - maxAgeMs) },
    ],
    sortBy: { field: 'id', direction: 'asc' },
    limit: pageSize,
  })
}

async function deleteUnused(auth: Pick<Auth, '$context'>, client: Client): Promise<boolean> {
  const { id, clientId, createdAt, updatedAt } = client
  if (createdAt?.getTime() !== updatedAt?.getTime()) return false
  const { adapter } = await auth.$context
  for (const model of traces) {
    const where = [{ field: 'clientId', value: clientId }]
    if (await adapter.findOne({ model, where })) return false
  }
  await adapter.delete({ model: clientModel, where: [{ field: 'id', value: id }] })
  return true
}
