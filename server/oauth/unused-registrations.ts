import type { BetterAuthPlugin, DBAdapter } from 'better-auth'
import { createAuthMiddleware, isAPIError } from 'better-auth/api'

/** The part of Better Auth that is used. */
type Tables = { $context: Promise<{ adapter: Pick<DBAdapter, 'findOne' | 'findMany' | 'delete'> }> }

/** Max age of an unused registration: 7 days. */
const maxAgeMs = 7 * 86_400_000
const pageSize = 100

const clientModel = 'oauthClient'

/** A client was never used if `updatedAt` equals `createdAt`. */
type Client = { id: string; clientId: string; createdAt: Date | null; updatedAt: Date | null }

/** Rows that show the use of a client, for clients that are older than `markUsedClients`. */
const usageModels = ['oauthConsent', 'oauthRefreshToken', 'oauthAccessToken']

/**
 * Sets `updatedAt` of a client at each consent. The consent itself is deleted when the user
 * disconnects.
 */
export function markUsedClients() {
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
 * Returns a function that deletes registrations older than 7 days that no user has ever given
 * consent. One round reads up to `maxPages` pages of 100 clients, ordered by id. The next round
 * continues there. The function resolves to the number of clients deleted in this round.
 */
export function createRegistrationSweep(auth: Tables, maxPages = 20) {
  let afterId = ''
  return async (now: Date, signal?: AbortSignal): Promise<number> => {
    let deleted = 0
    for (let page = 0; page < maxPages && !signal?.aborted; page++) {
      const clients = await listOld(auth, now, afterId)
      for (const client of clients) if (await deleteUnused(auth, client)) deleted++
      afterId = clients.at(-1)?.id ?? ''
      if (clients.length < pageSize) {
        afterId = ''
        break
      }
    }
    return deleted
  }
}

async function listOld(auth: Tables, now: Date, afterId: string): Promise<Client[]> {
  const { adapter } = await auth.$context
  return adapter.findMany<Client>({
    model: clientModel,
    where: [
      { field: 'id', operator: 'gt', value: afterId },
      { field: 'createdAt', operator: 'lt', value: new Date(now.getTime() - maxAgeMs) },
    ],
    sortBy: { field: 'id', direction: 'asc' },
    limit: pageSize,
  })
}

async function deleteUnused(auth: Tables, client: Client): Promise<boolean> {
  const { id, clientId, createdAt, updatedAt } = client
  if (createdAt?.getTime() !== updatedAt?.getTime()) return false
  const { adapter } = await auth.$context
  for (const model of usageModels) {
    const where = [{ field: 'clientId', value: clientId }]
    if (await adapter.findOne({ model, where })) return false
  }
  await adapter.delete({ model: clientModel, where: [{ field: 'id', value: id }] })
  return true
}
