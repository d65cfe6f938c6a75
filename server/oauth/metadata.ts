import { exchangeGrantType } from '../tokens/exchange.ts'
import { introspectionPath } from '../tokens/introspection.ts'
import { offeredScopes } from './scopes.ts'

/** How a client may authenticate. `none`: a public client. */
export const clientAuthMethods = ['none', 'client_secret_basic', 'client_secret_post'] as const

/**
 * What a client may register for. Not offered: implicit, client credentials, device code. A token
 * exchange needs no client.
 */
export const grantTypes = ['authorization_code', 'refresh_token'] as const
export const responseTypes = ['code'] as const

export const authorizationServerPath = '/.well-known/oauth-authorization-server'
export const protectedResourcePath = '/.well-known/oauth-protected-resource'

/**
 * The paths of the protected resource, with the scopes that are useful there. A client without
 * configured scopes asks for these. RFC 9728 §3.1 defines one document for each path.
 */
export type ResourceScopes = Record<string, readonly string[]>

export type MetadataOptions = {
  baseUrl: string
  resourceScopes: ResourceScopes
  /** Whether tokens can be introspected (RFC 7662). */
  hasIntrospection: boolean
}

/** Returns a function that finds a metadata document by its path. Undefined: there is none. */
export function createMetadata({
  baseUrl,
  resourceScopes,
  hasIntrospection,
}: MetadataOptions): (path: string) => object | undefined {
  const server = describeServer(baseUrl, hasIntrospection)
  const documents: Record<string, object> = {
    [authorizationServerPath]: server,
    // For clients that take /api/auth for the issuer's path.
    [`${authorizationServerPath}/api/auth`]: server,
  }
  for (const [path, scopes] of Object.entries(resourceScopes))
    documents[protectedResourcePath + path] = describeResource(baseUrl, path, scopes)
  return (path) => (Object.hasOwn(documents, path) ? documents[path] : undefined)
}

/** RFC 8414 §2. Lists only what is enabled. */
function describeServer(baseUrl: string, hasIntrospection: boolean) {
  const routes = `${baseUrl}/api/auth`
  return {
    issuer: baseUrl,
    authorization_endpoint: `${routes}/oauth2/authorize`,
    token_endpoint: `${routes}/oauth2/token`,
    registration_endpoint: `${routes}/oauth2/register`,
    client_id_metadata_document_supported: true,
    revocation_endpoint: `${routes}/oauth2/revoke`,
    ...(hasIntrospection && {
      introspection_endpoint: baseUrl + introspectionPath,
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'Bearer'],
    }),
    jwks_uri: `${routes}/jwks`,
    scopes_supported: offeredScopes,
    response_types_supported: responseTypes,
    response_modes_supported: ['query'],
    grant_types_supported: [...grantTypes, exchangeGrantType],
    token_endpoint_auth_methods_supported: clientAuthMethods,
    revocation_endpoint_auth_methods_supported: clientAuthMethods,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    protected_resources: [baseUrl],
    service_documentation: `${baseUrl}/docs/oauth`,
  }
}

/**
 * RFC 9728 §2. `resource` is the URL that the client used (§3.3). Tokens are valid at all paths.
 */
function describeResource(baseUrl: string, path: string, scopes: readonly string[]) {
  return {
    resource: `${baseUrl}${path}`,
    resource_name: 'Taskward',
    authorization_servers: [baseUrl],
    jwks_uri: `${baseUrl}/api/auth/jwks`,
    scopes_supported: scopes,
    bearer_methods_supported: ['header'],
    resource_documentation: `${baseUrl}/docs/oauth`,
  }
}
