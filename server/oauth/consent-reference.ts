import { randomUUID } from 'node:crypto'
import { getCurrentAuthEndpointContext } from '@better-auth/core/context'
import { getOAuthProviderState, type oauthProvider } from '@better-auth/oauth-provider'
import type { AuthContext } from 'better-auth'
import { APIError } from 'better-auth/api'
import type { Pool } from 'pg'
import { type Asked, allowApp, findAppGrant } from '#db/app-grants.ts'
import { isOnDevice, toRedirectPlace } from './places.ts'

type PostLogin = NonNullable<Parameters<typeof oauthProvider>[0]['postLogin']>

/**
 * The reference is the id of our grant. The provider binds codes and refresh tokens to it, and asks
 * for consent if no consent has it. A new random reference therefore makes the provider ask, or
 * answer `consent_required` to `prompt=none`.
 */
export function createConsentReference(pool: Pool): PostLogin['consentReferenceId'] {
  return async ({ user, scopes }) => {
    const endpoint = getCurrentAuthEndpointContext()
    const asked = await readAuthorization(user.id, scopes)
    if (endpoint.path === '/oauth2/consent') return grant(pool, asked)
    const mustAsk =
      !isAfterConsent(endpoint) &&
      isOnDevice(asked.place) &&
      (await isPublic(endpoint.context.adapter, asked.clientId))
    return (mustAsk ? undefined : await findAppGrant(pool, asked)) ?? randomUUID()
  }
}

/**
 * The provider has checked the client, the redirect URI and, on the consent page, the signature.
 */
async function readAuthorization(userId: string, scopes: readonly string[]): Promise<Asked> {
  const query = new URLSearchParams((await getOAuthProviderState())?.query)
  return {
    userId,
    clientId: query.get('client_id') ?? '',
    scopes: scopes.filter((scope) => scope !== ''),
    place: toRedirectPlace(query.get('redirect_uri') ?? ''),
  }
}

async function grant(pool: Pool, asked: Asked): Promise<string> {
  const id = await allowApp(pool, asked)
  if (id !== undefined) return id
  throw new APIError('BAD_REQUEST', {
    error: 'invalid_request',
    error_description: 'The account or the app has been deleted.',
  })
}

/** Whether the provider continues the request because the user has just given consent. */
function isAfterConsent(endpoint: object): boolean {
  const { authorizeSettings } = endpoint as { authorizeSettings?: object }
  return authorizeSettings !== undefined && 'postLogin' in authorizeSettings
}

/** A public client has no secret, so it cannot authenticate when it redeems the code. */
async function isPublic(adapter: AuthContext['adapter'], clientId: string): Promise<boolean> {
  const where = [{ field: 'clientId', value: clientId }]
  const client = await adapter.findOne<{ tokenEndpointAuthMethod?: string | null }>({
    model: 'oauthClient',
    where,
  })
  return (client?.tokenEndpointAuthMethod ?? 'none') === 'none'
}
