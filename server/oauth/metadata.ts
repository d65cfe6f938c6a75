import { schema } from '#schema/index.ts'
import { scopesOfTools } from '../mcp/tools.ts'
import { offeredScopes, offlineScope } from './scopes.ts'

/** How a client may prove who it is; a public one does not. */
export const clientAuthentications = ['none', 'client_secret_basic', 'client_secret_post'] as const

export const authorizationServerPath = '/.well-known/oauth-authorization-server'
export const protectedResourcePath = '/.well-known/oauth-protected-resource'

/**
 * The places where the resource is met, with the scopes that are of use there: clients that are not
 * told which to ask for ask for these. RFC 9728 §3.1 has a document for each place.
 */
const placesOfResource = {
  '': offeredScopes,
  '/graphql': offeredScopes,
  '/mcp': [...scopesOfTools(schema), offlineScope],
}

/** Documents by their path; undefined: there is none. For programs, from wherever they run. */
export function createDiscovery(baseUrl: string): (path: string) => object | undefined {
  const documents: Record<string, object> = {
    [authorizationServerPath]: describeServer(baseUrl),
    // Where clients look that take the path of the routes for the issuer's.
    [`${authorizationServerPath}/api/auth`]: describeServer(baseUrl),
  }
  for (const [place, scopes] of Object.entries(placesOfResource))
    documents[protectedResourcePath + place] = describeResource(baseUrl, place, scopes)
  return (path) => (Object.hasOwn(documents, path) ? documents[path] : undefined)
}

/** RFC 8414 §2: what there is, and nothing that is switched off. */
function describeServer(baseUrl: string) {
  const routes = `${baseUrl}/api/auth`
  return {
    issuer: baseUrl,
    authorization_endpoint: `${routes}/oauth2/authorize`,
    token_endpoint: `${routes}/oauth2/token`,
    registration_endpoint: `${routes}/oauth2/register`,
    revocation_endpoint: `${routes}/oauth2/revoke`,
    jwks_uri: `${routes}/jwks`,
    scopes_supported: offeredScopes,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_methods_supported: clientAuthentications,
    revocation_endpoint_auth_methods_supported: clientAuthentications,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    protected_resources: [baseUrl],
    service_documentation: `${baseUrl}/docs/oauth`,
  }
}

/** RFC 9728 §2. `resource` is the name that the client came by (§3.3); tokens are for all of them. */
function describeResource(baseUrl: string, place: string, scopes: readonly string[]) {
  return {
    resource: `${baseUrl}${place}`,
    resource_name: 'Taskward',
    authorization_servers: [baseUrl],
    jwks_uri: `${baseUrl}/api/auth/jwks`,
    scopes_supported: scopes,
    bearer_methods_supported: ['header'],
    resource_documentation: `${baseUrl}/docs/oauth`,
  }
}
