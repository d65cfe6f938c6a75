/** What the checks of an MCP client need. A client requests only tasks:read unless it is set. */
export const allScopes = 'tasks:read tasks:write tasks:delete offline_access'

/** What an MCP client with OAuth stores of one server. The three SDKs call the same methods. */
export class MemoryProvider {
  redirectUrl = 'http://127.0.0.1:9/callback' // no server listens there
  stored = {}

  get clientMetadata() {
    return {
      client_name: 'Assistant',
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      scope: allScopes,
    }
  }

  redirectToAuthorization = (url) => this.store('authorizationUrl', url)
  state = () => crypto.randomUUID()
  storedState = () => this.stored.state
  saveState = (state) => this.store('state', state)
  clientInformation = () => this.stored.client
  saveClientInformation = (client) => this.store('client', client)
  tokens = () => this.stored.tokens
  saveTokens = (tokens) => this.store('tokens', tokens)
  codeVerifier = () => this.stored.verifier
  saveCodeVerifier = (verifier) => this.store('verifier', verifier)
  discoveryState = () => this.stored.discovery
  saveDiscoveryState = (found) => this.store('discovery', found)

  store(name, value) {
    this.stored[name] = value
  }

  /** As after 15 minutes: the access token is refused, and the refresh token is not. */
  expireToken() {
    this.saveTokens({ ...this.tokens(), access_token: 'expired' })
  }
}
