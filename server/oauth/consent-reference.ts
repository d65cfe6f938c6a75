import { randomUUID } from 'node:crypto'
import { getCurrentAuthEndpointContext } from '@better-auth/core/context'
import { getOAuthProviderState, type oauthProvider } from '@better-auth/oauth-provider'
import type { AuthContext } from 'better-auth'
import { APIError } from 'better-auth/api'
import type { Pool } from 'pg'
import { type Asked, allowApp, findAppGrant } from '#db/app-grants.ts'
import { isOnDevice, placeOf } from './places.ts'

type PostLogin = NonNullable<Parameters<typeof oauthProvider>[0]['postLogin']>

/**
 * The provider binds codes and refresh tokens to this reference, and asks the person when there is
 * no consent with it. So the id of our grant is the reference, and a new one that nothing has
 * makes the provider ask, or answer `consent_required` to `prompt=none`.
 */
export function createConsentReference(pool: Pool): PostLogin['consentReferenceId'] {
  return async ({ user, scopes }) => {
    const endpoint = getCurrentAuthEndpointContext()
    const asked = await readAsked(user.id, scopes)
    if (endpoint.path === '/oauth2/consent') return allow(pool, asked)
    const mustAsk =
      !isAnswer(endpoint) &&
      isOnDevice(asked.place) &&
      (await isPublic(endpoint.context.adapter, asked.clientId))
    return (mustAsk ? undefined : await findAppGrant(pool, asked)) ?? randomUUID()
  }
}

/** The provider has checked client, redirect and, on the consent page, the signature. */
async function readAsked(userId: string, scopes: readonly string[]): Promise<Asked> {
  const query = new URLSearchParams((await getOAuthProviderState())?.query)
  return {
    userId,
    clientId: query.get('client_id') ?? '',
    scopes: scopes.filter((scope) => scope !== ''),
    place: placeOf(query.get('redirect_uri') ?? ''),
  }
}

async function allow(pool: Pool, asked: Asked): Promise<string> {
  const id = await allowApp(pool, asked)
  if (id !== undefined) return id
  throw new APIError('BAD_REQUEST', {
    error: 'invalid_request',
    error_description: 'The account or the app was deleted meanwhile.',
  })
}

/** Whether the provider goes on with the request because the person has just allowed it. */
function isAnswer(endpoint: object): boolean {
  const { authorizeSettings } = endpoint as { authorizeSettings?: object }
  return authorizeSettings !== undefined && 'postLogin' in authorizeSettings
}

/** A client without a secret cannot prove who it is when it redeems the code. */
async function isPublic(adapter: AuthContext['adapter'], clientId: string): Promise<boolean> {
  const where = [{ field: 'clientId', value: clientId }]
  const client = await adapter.findOne<{ tokenEndpointAuthMethod?: string | null }>({
    model: 'oauthClient',
    where,
  })
  return (client?.tokenEndpointAuthMethod ?? 'none') === 'none'
}
