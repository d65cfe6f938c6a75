import type { ClientDiscovery, SchemaClient } from '@better-auth/oauth-provider'
import type { GenericEndpointContext } from 'better-auth'
import type { Pool } from 'pg'
import { createFairQueue, QueueFull } from '#db/fair-queue.ts'
import { addressHeader, originOf } from '../http/origin-headers.ts'
import { createRegistrationLimit } from '../limits/account-limits.ts'
import { countedAs } from '../limits/client-address.ts'
import { recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'
import { type DocumentedClient, parseClientDocument } from './client-document.ts'
import { isClientIdUrl } from './client-id-url.ts'
import { DocumentRefused, type FetchDocument } from './document-fetch.ts'
import { createFreshDocuments, type FreshDocuments } from './fresh-documents.ts'

/** Stored with each client, so that it is never taken for one that registered itself. */
const discoveryId = 'client-id-metadata-document'
const clientModel = 'oauthClient'

/** By client address. A fetch takes at most 5 s, so one address waits at most 20 s. */
const bounds = { maxRunning: 16, maxRunningPerKey: 2, maxWaitingPerKey: 8, maxWaiting: 64 }

type Client = SchemaClient
type Found = { client: Client; isNew: boolean }

type DiscoveryOptions = {
  pool: Pool
  log: Logger
  errorPage: string
  fetchDocument: FetchDocument
}

/**
 * Clients whose id is the URL of their metadata. A document is fetched only when an authorization
 * begins; tokens are issued and revoked with the stored row, so that an app stays connected while
 * its host is down. The draft forbids to cache a failure (§5.2). What limits repeated failures is
 * the number of registrations of an address.
 */
export function createClientDiscovery(options: DiscoveryOptions): ClientDiscovery {
  const fresh = createFreshDocuments()
  const underWay = new Map<string, Promise<Found>>()
  const load = createLoad(options, fresh)

  async function loadOnce(context: GenericEndpointContext, clientId: string): Promise<Client> {
    const shared = underWay.get(clientId)
    if (shared) return (await shared).client
    const loading = load(context, clientId).finally(() => underWay.delete(clientId))
    underWay.set(clientId, loading)
    const { client, isNew } = await loading
    if (isNew)
      recordEvent(options.log, 'app_registered', { clientId, ...originOf(context.headers) })
    return client
  }

  return {
    id: discoveryId,
    matches: (clientId) => clientId.startsWith('https://'),
    async resolve(context, clientId, existing) {
      if (context.path !== '/oauth2/authorize') return existing
      if (existing && fresh.has(clientId)) return existing
      try {
        return await loadOnce(context, clientId)
      } catch (error) {
        throw toErrorPage(context, options, clientId, error)
      }
    },
  }
}

function createLoad({ pool, fetchDocument }: DiscoveryOptions, fresh: FreshDocuments) {
  const queue = createFairQueue(bounds)
  const countFetch = createRegistrationLimit(pool)
  return async (context: GenericEndpointContext, clientId: string): Promise<Found> => {
    if (!isClientIdUrl(clientId))
      throw new DocumentRefused('INVALID', 'The client_id is not the URL of a document.')
    const address = context.headers?.get(addressHeader) ?? ''
    await countFetch(address)
    const { document, maxAgeSeconds } = await queue.run(countedAs(address), () =>
      fetchDocument(clientId),
    )
    const found = await store(context, clientId, parseClientDocument(clientId, document))
    fresh.add(clientId, maxAgeSeconds)
    return found
  }
}

/** A client that is new is unused, as a registered one: unused-registrations.ts deletes it. */
async function store(
  { context: { adapter } }: GenericEndpointContext,
  clientId: string,
  documented: DocumentedClient,
): Promise<Found> {
  const where = [
    { field: 'clientId', value: clientId },
    { field: 'clientDiscoveryId', value: discoveryId },
  ]
  const update = () =>
    adapter.update<Client>({ model: clientModel, where, update: { ...documented } })
  const known = await update()
  if (known) return { client: known, isNew: false }
  const now = new Date()
  const ids = { clientId, clientDiscoveryId: discoveryId, createdAt: now, updatedAt: now }
  try {
    const data = { ...documented, ...ids, requirePKCE: true }
    const client = (await adapter.create({ model: clientModel, data })) as unknown as Client
    return { client, isNew: true }
  } catch (error) {
    // Another instance has created it meanwhile.
    const other = await update()
    if (other) return { client: other, isNew: false }
    throw error
  }
}

const errorCodes = {
  UNAVAILABLE: 'client_document_unavailable',
  INVALID: 'invalid_client_document',
} as const

/** The redirect to the error page. The page shows its own words for the code, never the reason. */
function toErrorPage(
  context: GenericEndpointContext,
  { errorPage, log }: DiscoveryOptions,
  clientId: string,
  cause: unknown,
): unknown {
  const error =
    cause instanceof QueueFull
      ? new DocumentRefused('UNAVAILABLE', 'Too many documents are being fetched.')
      : cause
  if (!(error instanceof DocumentRefused)) return error
  const { code, message } = error
  log.info({ clientId: clientId.slice(0, 500), reason: message }, 'A client document was refused')
  const params = new URLSearchParams({ error: errorCodes[code], error_description: message })
  return context.redirect(`${errorPage}?${params}`)
}
