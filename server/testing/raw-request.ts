import { request } from 'node:http'
import { jsonHeaders } from './app.ts'

export type RawRequest = { query?: string; path?: string; headers?: string[]; body?: object }

/** The parts of a response that the credential decides. */
export type CredentialOutcome = { status?: number; code: unknown; challenge: string | null }

/** POSTs with node:http, because fetch joins two headers of one name. `headers`: name, value, name, value. */
export function sendRaw(
  url: string,
  { query = '{ viewer { id } }', path = '/graphql', headers = [], body }: RawRequest,
): Promise<CredentialOutcome> {
  return new Promise((resolve, reject) => {
    const { host } = new URL(url)
    const common = Object.entries({ Host: host, Connection: 'close', ...jsonHeaders }).flat()
    const sent = request(url + path, { method: 'POST', headers: [...common, ...headers] })
    sent.once('error', reject).once('response', async (response) => {
      const text = (await response.toArray()).join('')
      const code = JSON.parse(text).errors?.[0]?.extensions.code
      const challenge = response.headers['www-authenticate'] ?? null
      resolve({ status: response.statusCode, code, challenge })
    })
    sent.end(JSON.stringify({ query, ...body }))
  })
}

export const refused = {
  status: 401,
  code: 'UNAUTHENTICATED',
  challenge: 'Bearer error="invalid_token"',
}
export const withoutCredential = { status: 401, code: 'UNAUTHENTICATED', challenge: 'Bearer' }
export const accepted = { status: 200, code: undefined, challenge: null }
