import type { BetterAuthPlugin, GenericEndpointContext } from 'better-auth'
import { APIError, createAuthEndpoint, sessionMiddleware } from 'better-auth/api'
import { z } from 'zod'
import { type BrakeState, deleteBrake, readBrakes } from '#db/actor-brakes.ts'
import { type AppGrant, listAppGrants } from '#db/app-grants.ts'
import { actorIdOf } from '#schema/actor-ids.ts'
import { originOf } from '../http/origin-headers.ts'
import { recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'
import { findPublisher } from './client-id-url.ts'
import { type RevocationContext, revokeGrants } from './consents.ts'
import { type ExplainedScope, explainScopes } from './scopes.ts'

type App = {
  /** What an app states about itself, unverified. */
  name: string | null
  /** The host that publishes the app's metadata. Null: the app registered itself. */
  publisher: string | null
}

/** The consent page shows it: what the app asks for, and where the code is sent. */
export type AuthorizationRequest = {
  app: App & { redirectUri: string }
  scopes: ExplainedScope[]
  /** Those that the app has, or the default ones. */
  maxDeletions: number
  maxChanges: number
}

/** An app with a grant for the account. */
export type ConnectedApp = BrakeState & {
  id: string
  /** `Actor.id` in the history. */
  actorId: string
  app: App
  /** Where its codes may be sent, see places.ts. Empty: the next authorization asks for consent. */
  places: string[]
  scopes: ExplainedScope[]
  connectedAt: Date
  /** When it last received a token, which it could use for another 15 minutes. */
  lastUsedAt: Date
}

type Client = { clientId: string; name: string | null }

/**
 * Routes for the pages that ask for consent and list connected apps. They accept only the session
 * cookie.
 */
export function connectedApps({ log, ...revocation }: RevocationContext & { log: Logger }) {
  return {
    id: 'oauth-apps',
    init: ({ adapter }) => {
      // The database deletes the account's grants. Refreshed tokens have no session, so they must be
      // revoked here. After as well, for an app that is connected while the account is deleted.
      const disconnectAll = async ({ id }: { id: string }) =>
        void (await revokeGrants(revocation, adapter, id))
      const deletion = { before: disconnectAll, after: disconnectAll }
      return { options: { databaseHooks: { user: { delete: deletion } } } }
    },
    endpoints: {
      describeAuthorization: createAuthEndpoint(
        '/oauth2/request',
        { method: 'POST', body: z.object({ oauth_query: z.string() }), use: [sessionMiddleware] },
        async (context): Promise<AuthorizationRequest> => {
          // The provider has checked the signature, so the consent page shows what is granted.
          const query = new URLSearchParams(context.body.oauth_query)
          const client = await findClient(context, query.get('client_id') ?? '')
          const redirectUri = query.get('redirect_uri') ?? ''
          const scopes = explainScopes((query.get('scope') ?? '').split(' '))
          const brakeOf = await readBrakes(revocation.pool, context.context.session.user.id, 'APP')
          const { maxDeletions, maxChanges } = brakeOf(client.clientId)
          const app = { ...describeApp(client), redirectUri }
          return { app, scopes, maxDeletions, maxChanges }
        },
      ),
      listConnectedApps: createAuthEndpoint(
        '/connected-app/list',
        { method: 'GET', use: [sessionMiddleware] },
        async (context): Promise<ConnectedApp[]> => {
          const userId = context.context.session.user.id
          const grants = await listAppGrants(revocation.pool, userId)
          const brakeOf = await readBrakes(revocation.pool, userId, 'APP')
          const described = grants.map(async (grant) => ({
            ...(await describe(context, grant)),
            ...brakeOf(grant.clientId),
            actorId: actorIdOf({ kind: 'APP', id: grant.clientId }),
          }))
          return Promise.all(described)
        },
      ),
      disconnectApp: createAuthEndpoint(
        '/connected-app/disconnect',
        { method: 'POST', body: z.object({ id: z.string() }), use: [sessionMiddleware] },
        async (context) => {
          const { adapter, session } = context.context
          const userId = session.user.id
          const [grant] = await revokeGrants(revocation, adapter, userId, context.body.id)
          if (!grant) throw appNotFound()
          const { clientId } = grant
          await deleteBrake(revocation.pool, userId, { kind: 'APP', id: clientId })
          recordEvent(log, 'app_disconnected', { clientId, userId, ...originOf(context.headers) })
          return { disconnected: true }
        },
      ),
    },
  } satisfies BetterAuthPlugin
}

async function findClient({ context }: GenericEndpointContext, clientId: string): Promise<Client> {
  const where = [{ field: 'clientId', value: clientId }]
  const client = await context.adapter.findOne<Client>({ model: 'oauthClient', where })
  if (!client) throw appNotFound()
  return client
}

function describeApp({ clientId, name }: Client): App {
  return { name, publisher: findPublisher(clientId) }
}

async function describe(context: GenericEndpointContext, grant: AppGrant) {
  const { clientId, id, places, scopes, connectedAt, lastUsedAt } = grant
  const app = describeApp(await findClient(context, clientId))
  return { id, app, places, scopes: explainScopes(scopes), connectedAt, lastUsedAt }
}

function appNotFound(): APIError {
  return new APIError('NOT_FOUND', { code: 'NOT_FOUND', message: 'There is no such app.' })
}
