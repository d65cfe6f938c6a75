import { oauthProvider } from '@better-auth/oauth-provider'
import type { Pool } from 'pg'
import type { Logger } from '../log/log.ts'
import { emailClaims } from '../tokens/email-claims.ts'
import { connectedApps } from './connected-apps.ts'
import { createConsentReference } from './consent-reference.ts'
import { digestOf, type EndingContext, rememberSpentCode, requireGrant } from './consents.ts'
import { oauthHooks } from './hooks.ts'
import { placeOf } from './places.ts'
import { refreshTokenPrefix } from './revocation.ts'
import { offeredScopes } from './scopes.ts'
import { noteUsedClients } from './unused-registrations.ts'

/** Fifteen minutes, as every token of ours. */
const tokenSeconds = 900
/** For so long a code that was used is remembered, and is more than its tokens live. */
const spentMs = (tokenSeconds + 300) * 1000

/** Where a person is sent who cannot be sent back to the app, because there is none or it is wrong. */
export const oauthErrorPage = '/oauth/error'

type OAuthOptions = EndingContext & { baseUrl: string; log: Logger }

/**
 * OAuth 2.1 for apps: authorization code with PKCE, refresh tokens that rotate, and clients that
 * register themselves. The provider is Better Auth's; what it leaves open is decided in the others.
 */
export function oauth(options: OAuthOptions) {
  return [provider(options), oauthHooks(options), connectedApps(options), noteUsedClients()]
}

function provider({ pool, baseUrl }: OAuthOptions) {
  return oauthProvider({
    scopes: [...offeredScopes],
    resources: [baseUrl],
    cachedResources: new Set([baseUrl]),
    enforcePerClientResources: false, // there is one, and it is for all of them
    resourcePrivileges: () => false,
    grantTypes: ['authorization_code', 'refresh_token'],
    allowDynamicClientRegistration: true,
    allowUnauthenticatedClientRegistration: true,
    clientPrivileges: ({ action }) => action === 'create',
    // Nobody's, also when it is registered from a page of somebody: it must not go with an account.
    clientReference: () => 'registered itself',
    loginPage: '/sign-in',
    consentPage: '/oauth/consent',
    postLogin: {
      page: '/sign-in', // there is none: it is never needed
      shouldRedirect: () => false,
      consentReferenceId: createConsentReference(pool),
    },
    accessTokenExpiresIn: tokenSeconds,
    storeTokens: { hash: async (token) => digestOf(token) },
    prefix: { refreshToken: refreshTokenPrefix, clientSecret: 'taskward_secret_' },
    silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true }, // see metadata.ts
    extensions: [{ claims: { accessToken: createClaims(pool) } }],
  })
}

type CreateClaims = NonNullable<
  NonNullable<
    NonNullable<Parameters<typeof oauthProvider>[0]['extensions']>[number]['claims']
  >['accessToken']
>

/** Beside those of RFC 9068. Called before anything is issued: without a grant nothing is. */
function createClaims(pool: Pool): CreateClaims {
  return async ({ ctx, client, user, scopes, referenceId }) => {
    if (!user) return {}
    const { code, redirect_uri } = ctx.body ?? {}
    const parties = { clientId: client.clientId, userId: user.id }
    const binding = referenceId ?? null
    // The provider has compared it with that of the code. A refresh token is sent to no place.
    const place = typeof code === 'string' ? placeOf(redirect_uri) : undefined
    const grantId = await requireGrant(pool, { ...parties, binding, scopes, place })
    if (typeof code === 'string') {
      const spent = { ...parties, binding }
      await rememberSpentCode(ctx.context.internalAdapter, code, spent, spentMs)
    }
    return { grant_id: grantId, ...emailClaims(user, scopes) }
  }
}
