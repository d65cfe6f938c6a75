import type { GraphiQL } from 'graphiql'
import type { ComponentProps } from 'react'
import { readAnswers } from '../api/event-stream.ts'
import { dropToken, token } from '../session/session.ts'
import { currentIdentity } from './identity.ts'
import { postOperation } from './post-operation.ts'

type Fetcher = ComponentProps<typeof GraphiQL>['fetcher']

/**
 * Sends an operation with the page's token, or without a token when there is no session: public
 * fields need none. A chosen token or an Authorization header from the editor takes precedence.
 * @throws ServerUnreachable when the token must be renewed and the server does not answer.
 */
export const sendOperation: Fetcher = async (operation, { headers } = {}) => {
  return resultOf(await sendAsCurrent(operation, new Headers(headers)))
}

/** Sends with the current token, unless `typed` has an Authorization header. */
export async function sendAsCurrent(operation: object, typed = new Headers()): Promise<Response> {
  if (typed.has('authorization')) return postOperation(operation, typed)
  const identity = currentIdentity()
  if (identity) return postOperation(operation, withToken(typed, identity.token))
  const jwt = await token()
  const response = await postOperation(operation, withToken(typed, jwt))
  if (response.status !== 401 || !jwt) return response
  // Refused before it expired: renew it once.
  dropToken(jwt)
  return postOperation(operation, withToken(typed, await token()))
}

function withToken(headers: Headers, jwt: string | undefined): Headers {
  const all = new Headers(headers)
  if (jwt) all.set('authorization', `Bearer ${jwt}`)
  return all
}

/**
 * The API answers with a GraphQL result, whatever the status, or with a stream of results. Anything
 * else does not come from the API.
 */
async function resultOf(response: Response) {
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
  if (isStream && response.body) return readAnswers(response.body)
  const result = await response.json().catch(() => undefined)
  return result ?? { errors: [{ message: `The server answered with status ${response.status}.` }] }
}
