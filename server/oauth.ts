import { oauthProvider } from '@better-auth/oauth-provider'
import type { Pool } from 'pg'
import type { Logger } from './log.ts'
import { noteUsedClients } from './oauth/unused-registrations.ts'
import { oauthApps } from './oauth-apps.ts'
import { refreshTokenPrefix } from './oauth-endings.ts'
import { digestOf, type EndSource, rememberSpentCode, requireConsent } from './oauth-grants.ts'
import { oauthRules } from './oauth-rules.ts'
import { offeredScopes } from './oauth-scopes.ts'
import { emailClaims } from './tokens/email-claims.ts'

/** Fifteen minutes, as every token of ours. */
const tokenSeconds = 900
/** For so long a code that was used is remembered, and is more than its tokens live. */
const spentMillis = (tokenSeconds + 300) * 1000

/** Where a person is sent who cannot be sent back to the app, because there is none or it is wrong. */
export const oauthErrorPage = '/oauth/error'

type OAuthOptions = { pool: Pool; baseUrl: string; endSource: EndSource; log: Logger }

/**
 * OAuth 2.1 for apps: authorization code with PKCE, refresh tokens that rotate, and clients that
 * register themselves. The provider is Better Auth's; what it leaves open is decided in the others.
 */
export function oauth(options: OAuthOptions) {
  return [provider(options.baseUrl), oauthRules(options), oauthApps(options), noteUsedClients()]
}

function provider(baseUrl: string) {
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
    accessTokenExpiresIn: tokenSeconds,
    storeTokens: { hash: async (token) => digestOf(token) },
    prefix: { refreshToken: refreshTokenPrefix, clientSecret: 'taskward_secret_' },
    silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true }, // see oauth-discovery.ts
    extensions: [{ claims: { accessToken: claimsOf } }],
  })
}

type ClaimsOf = NonNullable<
  NonNullable<
    NonNullable<Parameters<typeof oauthProvider>[0]['extensions']>[number]['claims']
  >['accessToken']
>

/** Beside those of RFC 9068. Called before anything is issued: without a consent nothing is. */
const claimsOf: ClaimsOf = async ({ ctx, client, user, scopes }) => {
  if (!user) return {}
  const { adapter, internalAdapter } = ctx.context
  const parties = { clientId: client.clientId, userId: user.id }
  const { id } = await requireConsent(adapter, parties, scopes)
  const { code } = ctx.body ?? {}
  if (typeof code === 'string') await rememberSpentCode(internalAdapter, code, parties, spentMillis)
  return { grant_id: id, ...emailClaims(user, scopes) }
}
