import { once } from 'node:events'
import { type Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'

export type Sent = {
  path: string
  method?: string
  headers?: Record<string, string>
  body?: string
}

/** The status of a complete answer. */
export async function send(url: string, agent: Agent, sent: Sent): Promise<number> {
  const response = await begin(url, agent, sent)
  response.resume()
  await once(response, 'end')
  return response.statusCode ?? 0
}

/** Closes the connection when the request is sent, without waiting for the answer. */
export async function abort(url: string, agent: Agent, sent: Sent): Promise<void> {
  const asked = open(url, agent, sent)
  asked.on('error', () => {}) // the reset that it causes
  asked.on('response', (response) => response.on('error', () => {}))
  await once(asked, 'finish')
  asked.destroy()
}

/** Opens a stream and closes it after its first chunk, or after its headers. Answers the status. */
export async function readStream(url: string, agent: Agent, sent: Sent): Promise<number> {
  const response = await begin(url, agent, sent)
  response.on('error', () => {}) // the reset that it causes
  if (response.statusCode === 200) await once(response, 'data') // Yoga begins with a comment
  response.destroy()
  return response.statusCode ?? 0
}

async function begin(url: string, agent: Agent, sent: Sent): Promise<IncomingMessage> {
  const [response] = await once(open(url, agent, sent), 'response')
  return response
}

function open(url: string, agent: Agent, { path, body, ...sent }: Sent): ClientRequest {
  const asked = request(url + path, { agent, method: body === undefined ? 'GET' : 'POST', ...sent })
  asked.end(body)
  return asked
}
