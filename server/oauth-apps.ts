import type { BetterAuthPlugin, GenericEndpointContext } from 'better-auth'
import { APIError, createAuthEndpoint, sessionMiddleware } from 'better-auth/api'
import { z } from 'zod'
import { originOf } from './account-events.ts'
import { recordEvent } from './audit.ts'
import type { Logger } from './log.ts'
import { type Consent, disconnect, type EndSource, listConsents } from './oauth-grants.ts'
import { type ExplainedScope, explainScopes } from './oauth-scopes.ts'

/** What an app says of itself; nobody has checked it. */
type App = { name: string | null; redirectUri: string }

/** What a person is asked to allow. */
export type AuthorizationRequest = { app: App; scopes: ExplainedScope[] }

/** An app that may use the account. */
export type ConnectedApp = {
  id: string
  app: App
  scopes: ExplainedScope[]
  connectedAt: Date
  /** When it last got a token; it may have used that for 15 minutes more. */
  lastUsedAt: Date
}

type Client = { clientId: string; name: string | null; redirectUris: string[] }

/** What the pages need that ask for consent and list apps; with the session cookie only. */
export function oauthApps({ endSource, log }: { endSource: EndSource; log: Logger }) {
  return {
    id: 'oauth-apps',
    init: () => ({ options: { databaseHooks: { user: { delete: { before: disconnectAll } } } } }),
    endpoints: {
      describeAuthorization: createAuthEndpoint(
        '/oauth2/request',
        { method: 'POST', body: z.object({ oauth_query: z.string() }), use: [sessionMiddleware] },
        async (context): Promise<AuthorizationRequest> => {
          // The provider has checked the signature: what is shown is what will be allowed.
          const query = new URLSearchParams(context.body.oauth_query)
          const client = await findClient(context, query.get('client_id') ?? '')
          const redirectUri = query.get('redirect_uri') ?? ''
          const scopes = explainScopes((query.get('scope') ?? '').split(' '))
          return { app: { name: client.name, redirectUri }, scopes }
        },
      ),
      listConnectedApps: createAuthEndpoint(
        '/connected-app/list',
        { method: 'GET', use: [sessionMiddleware] },
        async (context): Promise<ConnectedApp[]> => {
          const { adapter, session } = context.context
          const consents = await listConsents(adapter, { userId: session.user.id })
          const apps = await Promise.all(consents.map((consent) => describe(context, consent)))
          return apps.sort((a, b) => Number(b.lastUsedAt) - Number(a.lastUsedAt))
        },
      ),
      disconnectApp: createAuthEndpoint(
        '/connected-app/disconnect',
        { method: 'POST', body: z.object({ id: z.string() }), use: [sessionMiddleware] },
        async (context) => {
          const { adapter, session } = context.context
          const userId = session.user.id
          const consents = await listConsents(adapter, { userId })
          const consent = consents.find(({ id }) => id === context.body.id)
          if (!consent) throw noSuchApp()
          const parties = { clientId: consent.clientId, userId }
          await disconnect(adapter, parties, endSource)
          recordEvent(log, 'app_disconnected', { ...parties, ...originOf(context.headers) })
          return { disconnected: true }
        },
      ),
    },
  } satisfies BetterAuthPlugin

  /** Its rows go with the account; tokens that were refreshed know of no session that would end. */
  async function disconnectAll(
    { id: userId }: { id: string },
    context: GenericEndpointContext | null,
  ) {
    if (!context) throw new Error('An account was deleted past its routes.')
    await disconnect(context.context.adapter, { userId }, endSource)
  }
}

async function findClient({ context }: GenericEndpointContext, clientId: string): Promise<Client> {
  const where = [{ field: 'clientId', value: clientId }]
  const client = await context.adapter.findOne<Client>({ model: 'oauthClient', where })
  if (!client) throw noSuchApp()
  return client
}

async function describe(context: GenericEndpointContext, consent: Consent): Promise<ConnectedApp> {
  const { name, redirectUris } = await findClient(context, consent.clientId)
  return {
    id: consent.id,
    app: { name, redirectUri: redirectUris[0] ?? '' },
    scopes: explainScopes(consent.scopes),
    connectedAt: consent.createdAt,
    lastUsedAt: consent.updatedAt,
  }
}

function noSuchApp(): APIError {
  return new APIError('NOT_FOUND', { code: 'NOT_FOUND', message: 'There is no such app.' })
}
