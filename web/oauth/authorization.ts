import { type Answer, askAuth } from '../session/ask-auth.ts'
import type { ExplainedScope, ForeignApp } from '../ui/app-words.ts'
import type { Limits } from '../ui/limit-fields.tsx'

/** What a person is asked to allow, and the redirect URI of the app. */
export type AuthorizationRequest = {
  app: ForeignApp & { redirectUri: string }
  scopes: ExplainedScope[]
} & Limits

/** Reads the request in the signed query of the consent page. */
export function describeRequest(oauthQuery: string): Promise<Answer<AuthorizationRequest>> {
  return askAuth('/oauth2/request', { oauth_query: oauthQuery })
}

/** Answers with the URL that leads back to the app, for both decisions. */
export function decide(
  oauthQuery: string,
  decision: { accept: boolean } & Partial<Limits>,
): Promise<Answer<{ url: string }>> {
  return askAuth('/oauth2/consent', { oauth_query: oauthQuery, ...decision })
}
