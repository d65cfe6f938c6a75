import type { BetterAuthPlugin } from 'better-auth'
import { APIError, createAuthEndpoint, sessionMiddleware } from 'better-auth/api'
import { type JwtOptions, signJWT } from 'better-auth/plugins'
import type { Pool } from 'pg'
import { z } from 'zod'
import { deleteBrake, readBrakes, setLimits } from '#db/actor-brakes.ts'
import { actorIdOf } from '#schema/actor-ids.ts'
import { accountScope, everyScope, grantableScopes } from '#schema/scopes.ts'
import { shorten } from '#schema/shorten.ts'
import { brakeLimits } from '../limits/brake-limits.ts'
import { AccessTokenName } from '../limits/names.ts'
import { requireFreshSession } from './fresh-session.ts'
import { revokeAll } from './revoke-all.ts'
import {
  type accessTokenKeys,
  isLive,
  type Key,
  keyModel,
  listKeys,
  outlineOf,
  toPermissions,
} from './store.ts'

/** Per account. A user with more has probably forgotten some. */
const maxTokens = 50
const daySeconds = 86_400

const Scope = z.string().refine((scope) => everyScope.includes(scope), {
  error: ({ input }) =>
    `Unknown scope ${shorten(JSON.stringify(input))}; known: ${grantableScopes.join(', ')}.`,
})

const NewAccessToken = z.object({
  name: AccessTokenName,
  scopes: z.array(z.unknown()).max(100).pipe(z.array(Scope)), // an empty list is allowed
  expiresInDays: z.int().min(1).max(365).nullish(), // null: valid until it is revoked
  ...brakeLimits,
  password: z.string().optional(), // see requireFreshSession
})

type AccessTokensOptions = {
  keys: ReturnType<typeof accessTokenKeys>
  jwt: JwtOptions
  pool: Pool
  /** Counts one more token of the account. Throws APIError 429 when there were too many. */
  countNew: (ownerId: string) => Promise<void>
  /** Revokes, on every instance, all tokens that come from this access token. */
  revokeToken: (id: string) => Promise<void>
}

/**
 * Access tokens for users' own scripts. Creating, listing and revoking them requires the session
 * cookie. lookup.ts and tokens/exchange-routes.ts decide what a token may do.
 */
export function accessTokens({ keys, jwt, pool, countNew, revokeToken }: AccessTokensOptions) {
  return {
    id: 'access-tokens',

    init({ adapter }) {
      const revoke = async ({ id }: { id: string }) =>
        void (await revokeAll(adapter, id, revokeToken))
      // Also afterwards, for a token that was created during the deletion.
      const deletion = { before: revoke, after: revoke }
      return { options: { databaseHooks: { user: { delete: deletion } } } }
    },

    endpoints: {
      createAccessToken: createAuthEndpoint(
        '/access-token/create',
        { method: 'POST', body: NewAccessToken, use: [sessionMiddleware] },
        async (endpoint) => {
          await requireFreshSession(endpoint)
          const { context, body: input, json } = endpoint
          const { name, scopes, expiresInDays } = input
          if (scopes.includes(accountScope)) throw accountRefused()
          const { adapter, session } = context
          const userId = session.user.id
          const countLive = async () => (await listKeys(adapter, userId)).filter(isLive).length
          if ((await countLive()) >= maxTokens) throw tooMany()
          await countNew(userId)
          const expiresIn = expiresInDays ? expiresInDays * daySeconds : null
          const body = { name, userId, permissions: toPermissions(scopes), expiresIn }
          const { key: token, ...key } = await keys.endpoints.createApiKey({ context, body })
          // Counted again, because concurrent requests may have passed the first check.
          if ((await countLive()) > maxTokens) {
            await adapter.delete({ model: keyModel, where: [{ field: 'id', value: key.id }] })
            throw tooMany()
          }
          await setLimits(pool, userId, actorOf(key.id), input)
          const brakeOf = await readBrakes(pool, userId, 'ACCESS_TOKEN')
          return json({
            ...outlineOf(key),
            ...brakeOf(key.id),
            actorId: actorIdOf(actorOf(key.id)),
            token,
          })
        },
      ),

      listAccessTokens: createAuthEndpoint(
        '/access-token/list',
        { method: 'GET', use: [sessionMiddleware] },
        async ({ context: { adapter, session }, json }) => {
          const ownerId = session.user.id
          const brakeOf = await readBrakes(pool, ownerId, 'ACCESS_TOKEN')
          const keys = await listKeys(adapter, ownerId)
          return json(
            keys.map((key) => ({
              ...outlineOf(key),
              ...brakeOf(key.id),
              actorId: actorIdOf(actorOf(key.id)),
            })),
          )
        },
      ),

      revokeAccessToken: createAuthEndpoint(
        '/access-token/revoke',
        { method: 'POST', body: z.object({ id: z.string() }), use: [sessionMiddleware] },
        async ({ context: { adapter, session }, body: { id }, json }) => {
          const where = [
            { field: 'id', value: id },
            { field: 'referenceId', value: session.user.id },
          ]
          if (!(await adapter.findOne<Key>({ model: keyModel, where }))) throw notFound()
          // Before the deletion: if the announcement fails, the token stays and can be revoked
          // again.
          await revokeToken(id)
          await adapter.delete({ model: keyModel, where })
          await deleteBrake(pool, session.user.id, actorOf(id))
          return json({ id })
        },
      ),

      /**
       * For tokens/exchange-routes.ts: signs a JWT with these claims and typ at+jwt (RFC 9068
       * §2.1).
       */
      signAccessToken: createAuthEndpoint.serverOnly(
        { method: 'POST', body: z.record(z.string(), z.unknown()) },
        async (context) =>
          signJWT(context, { options: jwt, payload: context.body, header: { typ: 'at+jwt' } }),
      ),
    },
  } satisfies BetterAuthPlugin
}

const actorOf = (id: string) => ({ kind: 'ACCESS_TOKEN', id }) as const

function accountRefused() {
  const message = `No token can have the scope ${accountScope}. Known: ${grantableScopes.join(', ')}.`
  return new APIError('BAD_REQUEST', {
    code: 'INVALID_SCOPE',
    message,
    error: 'invalid_scope',
    error_description: message,
  })
}

function tooMany() {
  return new APIError('CONFLICT', {
    code: 'TOO_MANY_ACCESS_TOKENS',
    message: `An account may have at most ${maxTokens} access tokens. Revoke one that you do not use.`,
  })
}

function notFound() {
  return new APIError('NOT_FOUND', {
    code: 'NOT_FOUND',
    message: 'You have no access token with this id.',
  })
}
