import { randomUUID } from 'node:crypto'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'

/** An account whose tasks are written and followed. */
export type Owner = {
  id: string
  /** The current token. It expires, so it is read for each request. */
  token: () => string
  renew: (url: string) => Promise<void>
}

const agent = new Agent({ keepAlive: true, maxSockets: 100 })
const json = { 'Content-Type': 'application/json' }

export async function signUp(url: string, name: string): Promise<Owner> {
  const account = { name, email: `${name}-${randomUUID()}@example.com`, password: randomUUID() }
  const { headers } = await send(`${url}/api/auth/sign-up/email`, json, JSON.stringify(account))
  const cookie = (headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]).join('; ')
  let token = ''
  const renew = async (server: string) => {
    const { body } = await send(`${server}/api/auth/token`, { cookie })
    token = JSON.parse(body).token
  }
  await renew(url)
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  return { id: claims.sub, token: () => token, renew }
}

export type Answer<Data> = {
  data?: Data | null
  errors?: { message: string; extensions: { code: string } }[]
}

/** @throws Error when there is no answer, or one that is not 200. */
export async function ask<Data>(
  url: string,
  owner: Owner,
  query: string,
  variables: object = {},
): Promise<Answer<Data>> {
  const headers = { ...json, Authorization: `Bearer ${owner.token()}` }
  const { body, statusCode } = await send(
    `${url}/graphql`,
    headers,
    JSON.stringify({ query, variables }),
  )
  if (statusCode !== 200) throw new Error(`${statusCode} ${body}`)
  return JSON.parse(body)
}

/** The response of a stream, as soon as it begins. */
export function openResponse(
  url: string,
  headers: Record<string, string>,
  body?: string,
  keptAgent?: Agent,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    const options = { agent: keptAgent, method, headers, timeout: 30_000 }
    const asked = request(url, options, resolve).once('error', reject)
    asked.once('timeout', () => asked.destroy(new Error('No answer within 30 seconds.')))
    asked.end(body)
  })
}

async function send(url: string, headers: Record<string, string>, body?: string) {
  const response = await openResponse(url, headers, body, agent)
  const { headers: received, statusCode } = response
  return { headers: received, statusCode, body: await text(response) }
}
