import type { GraphiQL } from 'graphiql'
import type { ComponentProps } from 'react'
import { readAnswers } from '../api/event-stream.ts'
import { dropToken, token } from '../session/session.ts'
import { currentIdentity } from './identity.ts'
import { postOperation } from './post-operation.ts'

type Fetcher = ComponentProps<typeof GraphiQL>['fetcher']

/**
 * Sends an operation with the page's token; without a session it goes out without one, which public
 * fields allow. A token that was chosen in its place is sent as it is, and so is an Authorization
 * header that was typed into the editor.
 * @throws ServerUnreachable when the token must be renewed and the server does not answer.
 */
export const sendOperation: Fetcher = async (operation, { headers } = {}) => {
  return resultOf(await sendAsCurrent(operation, new Headers(headers)))
}

/** With the token that the playground calls with at the moment, unless `typed` has one. */
export async function sendAsCurrent(operation: object, typed = new Headers()): Promise<Response> {
  if (typed.has('authorization')) return postOperation(operation, typed)
  const identity = currentIdentity()
  if (identity) return postOperation(operation, withToken(typed, identity.token))
  const jwt = await token()
  const response = await postOperation(operation, withToken(typed, jwt))
  if (response.status !== 401 || !jwt) return response
  // Refused before its time: renewed once, as for every other caller of the API.
  dropToken(jwt)
  return postOperation(operation, withToken(typed, await token()))
}

function withToken(headers: Headers, jwt: string | undefined): Headers {
  const all = new Headers(headers)
  if (jwt) all.set('authorization', `Bearer ${jwt}`)
  return all
}

/**
 * Every answer of the API is a GraphQL result, whatever its status, or a stream of them; anything
 * else is not the API's.
 */
async function resultOf(response: Response) {
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
  if (isStream && response.body) return readAnswers(response.body)
  const result = await response.json().catch(() => undefined)
  return result ?? { errors: [{ message: `The server answered with status ${response.status}.` }] }
}
