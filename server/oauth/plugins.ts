import { oauthProvider } from '@better-auth/oauth-provider'
import type { Pool } from 'pg'
import type { Logger } from '../log/log.ts'
import { createActorClaim } from '../tokens/actor.ts'
import { emailClaims } from '../tokens/email-claims.ts'
import { createClientDiscovery } from './client-discovery.ts'
import { connectedApps } from './connected-apps.ts'
import { createConsentReference } from './consent-reference.ts'
import { hashSecret, type RevocationContext, recordSpentCode, requireGrant } from './consents.ts'
import { createDocumentFetch, type FetchDocument } from './document-fetch.ts'
import { oauthHooks } from './hooks.ts'
import { grantTypes } from './metadata.ts'
import { toRedirectPlace } from './places.ts'
import { refreshRetrySeconds, refreshTokenPrefix } from './revocation.ts'
import { offeredScopes } from './scopes.ts'
import { markUsedClients } from './unused-registrations.ts'

/** Lifetime of an access token: 15 minutes, as for every JWT of Taskward. */
const tokenSeconds = 900
/**
 * TTL of the record of a redeemed code. Longer than its tokens live, so that they can be revoked.
 */
const spentCodeTtlMs = (tokenSeconds + 300) * 1000

/**
 * Shown if the browser cannot be redirected to the app: the client or its redirect URI is unknown.
 */
export const oauthErrorPage = '/oauth/error'

type OAuthOptions = RevocationContext & {
  baseUrl: string
  log: Logger
  /** Default: over the network. */
  fetchDocument?: FetchDocument
}

/**
 * OAuth 2.1 for apps: authorization code with PKCE, refresh tokens that rotate, and clients that
 * register themselves or publish their metadata. The provider is Better Auth's; the other plugins add our rules.
 */
export function oauth(options: OAuthOptions) {
  return [provider(options), oauthHooks(options), connectedApps(options), markUsedClients()]
}

function provider({ pool, baseUrl, log, fetchDocument = createDocumentFetch() }: OAuthOptions) {
  const clientDiscovery = createClientDiscovery({
    pool,
    log,
    errorPage: oauthErrorPage,
    fetchDocument,
  })
  return oauthProvider({
    scopes: [...offeredScopes],
    resources: [baseUrl],
    cachedResources: new Set([baseUrl]),
    enforcePerClientResources: false, // all clients use the one resource
    resourcePrivileges: () => false,
    grantTypes: [...grantTypes],
    allowDynamicClientRegistration: true,
    allowUnauthenticatedClientRegistration: true,
    clientPrivileges: ({ action }) => action === 'create',
    // Clients belong to no account, so deleting an account never deletes a client.
    clientReference: () => 'registered itself',
    loginPage: '/sign-in',
    consentPage: '/oauth/consent',
    postLogin: {
      page: '/sign-in', // required by the type; never shown
      shouldRedirect: () => false,
      consentReferenceId: createConsentReference(pool),
    },
    accessTokenExpiresIn: tokenSeconds,
    refreshTokenReuseInterval: refreshRetrySeconds,
    storeTokens: { hash: async (token) => hashSecret(token) },
    prefix: { refreshToken: refreshTokenPrefix, clientSecret: 'taskward_secret_' },
    silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true }, // see metadata.ts
    extensions: [{ claims: { accessToken: createClaims(pool) }, clientDiscovery }],
  })
}

type CreateClaims = NonNullable<
  NonNullable<
    NonNullable<Parameters<typeof oauthProvider>[0]['extensions']>[number]['claims']
  >['accessToken']
>

/**
 * Claims besides those of RFC 9068. Runs before a token is issued, and throws if no grant covers
 * it.
 */
function createClaims(pool: Pool): CreateClaims {
  return async ({ ctx, client, user, scopes, referenceId }) => {
    if (!user) return {}
    const { code, redirect_uri } = ctx.body ?? {}
    const parties = { clientId: client.clientId, userId: user.id }
    const binding = referenceId ?? null
    // The provider has compared it with the code's redirect URI. A refresh has no redirect URI.
    const place = typeof code === 'string' ? toRedirectPlace(redirect_uri) : undefined
    const grantId = await requireGrant(pool, { ...parties, binding, scopes, place })
    if (typeof code === 'string') {
      const spent = { ...parties, binding }
      await recordSpentCode(ctx.context.internalAdapter, code, spent, spentCodeTtlMs)
    }
    const actor = createActorClaim('APP', client.clientId, client.name)
    return { grant_id: grantId, actor, ...emailClaims(user, scopes) }
  }
}
