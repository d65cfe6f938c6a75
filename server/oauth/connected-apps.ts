import type { BetterAuthPlugin, GenericEndpointContext } from 'better-auth'
import { APIError, createAuthEndpoint, sessionMiddleware } from 'better-auth/api'
import { z } from 'zod'
import { type AppGrant, listAppGrants } from '#db/app-grants.ts'
import { originOf } from '../http/origin-headers.ts'
import { recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'
import { disconnect, type EndingContext } from './consents.ts'
import { type ExplainedScope, explainScopes } from './scopes.ts'

/** What an app says of itself; nobody has checked it. */
type App = { name: string | null }

/** What a person is asked to allow, and where the code then goes. */
export type AuthorizationRequest = {
  app: App & { redirectUri: string }
  scopes: ExplainedScope[]
}

/** An app that may use the account. */
export type ConnectedApp = {
  id: string
  app: App
  /** Where its codes may be sent, see places.ts. Empty: the person is asked before the next. */
  places: string[]
  scopes: ExplainedScope[]
  connectedAt: Date
  /** When it last got a token; it may have used that for 15 minutes more. */
  lastUsedAt: Date
}

type Client = App & { clientId: string }

/** What the pages need that ask for consent and list apps; with the session cookie only. */
export function connectedApps({ log, ...endings }: EndingContext & { log: Logger }) {
  return {
    id: 'oauth-apps',
    init: () => {
      // After as well, for an app that was connected meanwhile.
      const deletion = { before: disconnectAll, after: disconnectAll }
      return { options: { databaseHooks: { user: { delete: deletion } } } }
    },
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
          const grants = await listAppGrants(endings.pool, context.context.session.user.id)
          return Promise.all(grants.map((grant) => describe(context, grant)))
        },
      ),
      disconnectApp: createAuthEndpoint(
        '/connected-app/disconnect',
        { method: 'POST', body: z.object({ id: z.string() }), use: [sessionMiddleware] },
        async (context) => {
          const { adapter, session } = context.context
          const userId = session.user.id
          const [ended] = await disconnect(endings, adapter, userId, context.body.id)
          if (!ended) throw noSuchApp()
          const { clientId } = ended
          recordEvent(log, 'app_disconnected', { clientId, userId, ...originOf(context.headers) })
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
    await disconnect(endings, context.context.adapter, userId)
  }
}

async function findClient({ context }: GenericEndpointContext, clientId: string): Promise<Client> {
  const where = [{ field: 'clientId', value: clientId }]
  const client = await context.adapter.findOne<Client>({ model: 'oauthClient', where })
  if (!client) throw noSuchApp()
  return client
}

async function describe(context: GenericEndpointContext, grant: AppGrant): Promise<ConnectedApp> {
  const { clientId, id, places, scopes, connectedAt, lastUsedAt } = grant
  const { name } = await findClient(context, clientId)
  return { id, app: { name }, places, scopes: explainScopes(scopes), connectedAt, lastUsedAt }
}

function noSuchApp(): APIError {
  return new APIError('NOT_FOUND', { code: 'NOT_FOUND', message: 'There is no such app.' })
}
