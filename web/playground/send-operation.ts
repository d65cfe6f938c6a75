import type { GraphiQL } from 'graphiql'
import type { ComponentProps } from 'react'
import { dropToken, ServerUnreachable, token } from '../auth.ts'
import { readAnswers } from '../event-stream.ts'

type Fetcher = ComponentProps<typeof GraphiQL>['fetcher']

/**
 * Sends an operation with the page's token; without a session it goes out without one, which public
 * fields allow. An Authorization header that was typed into the editor is left as it is.
 * @throws ServerUnreachable when the token must be renewed and the server does not answer.
 */
export const sendOperation: Fetcher = async (operation, { headers } = {}) => {
  const typed = new Headers(headers)
  if (typed.has('authorization')) return resultOf(await post(operation, typed))
  const jwt = await token()
  const response = await post(operation, withToken(typed, jwt))
  if (response.status !== 401 || !jwt) return resultOf(response)
  // Refused before its time: renewed once, as for every other caller of the API.
  dropToken(jwt)
  return resultOf(await post(operation, withToken(typed, await token())))
}

function withToken(headers: Headers, jwt: string | undefined): Headers {
  const all = new Headers(headers)
  if (jwt) all.set('authorization', `Bearer ${jwt}`)
  return all
}

async function post(operation: object, headers: Headers): Promise<Response> {
  const all = new Headers(headers)
  all.set('content-type', 'application/json')
  all.set('accept', 'application/graphql-response+json, application/json, text/event-stream;q=0.9')
  const init = { method: 'POST', headers: all, body: JSON.stringify(operation) }
  return fetch('/graphql', init).catch((cause: unknown) => {
    throw new ServerUnreachable(cause)
  })
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
