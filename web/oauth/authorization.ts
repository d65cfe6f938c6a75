import { type Answer, askAuth } from '../session/ask-auth.ts'

export type ExplainedScope = { scope: string; meaning: string }

/** What an app says of itself; nobody has checked it. Null: it has no name. */
export type ForeignApp = { name: string | null }

/** What a person is asked to allow, and the address that they are sent to then. */
export type AuthorizationRequest = {
  app: ForeignApp & { redirectUri: string }
  scopes: ExplainedScope[]
}

/** Of the signed query that the consent page was opened with. */
export function describeRequest(oauthQuery: string): Promise<Answer<AuthorizationRequest>> {
  return askAuth('/oauth2/request', { oauth_query: oauthQuery })
}

/** Where the browser is to go then: back to the app, whatever was decided. */
export function decide(oauthQuery: string, accept: boolean): Promise<Answer<{ url: string }>> {
  return askAuth('/oauth2/consent', { oauth_query: oauthQuery, accept })
}

export function nameOf({ name }: ForeignApp): string {
  return name ?? 'An app without a name'
}

const loopback = ['localhost', '127.0.0.1', '[::1]']

/** Where an address leads: the one thing about an app that it cannot invent. */
export function placeOf(address: string): string {
  if (!URL.canParse(address)) return 'an unknown place'
  const { protocol, hostname, host } = new URL(address)
  if (loopback.includes(hostname)) return `a program on this computer (${hostname})`
  if (protocol === 'https:') return host
  return `an app on this device (${protocol.slice(0, -1)})`
}
