import { ServerUnreachable } from '../session/session.ts'

/** Sends an operation over HTTP. @throws ServerUnreachable when no answer comes. */
export async function postOperation(operation: object, headers: Headers): Promise<Response> {
  const all = new Headers(headers)
  all.set('content-type', 'application/json')
  all.set('accept', 'application/graphql-response+json, application/json, text/event-stream;q=0.9')
  const init = { method: 'POST', headers: all, body: JSON.stringify(operation) }
  return fetch('/graphql', init).catch((cause: unknown) => {
    throw new ServerUnreachable(cause)
  })
}
