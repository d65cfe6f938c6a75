/** The client's calls to `/api/auth`. Each parses its response. */

export type Account = { id: string; email: string; name: string }

/** Why a call to `/api/auth` was refused, in words for the user. */
export type AuthRefusal = {
  message: string
  /** The form field to show it at. Undefined: the whole form. */
  field?: 'email' | 'password' | 'name'
  code: string
  retryAfterSeconds?: number
}

/** The server gave no usable response. Not a sign-out: the same call may work later. */
export class ServerUnreachable extends Error {
  override readonly name = 'ServerUnreachable'
  constructor(cause?: unknown) {
    super('The server cannot be reached.', { cause })
  }
}

/** @throws ServerUnreachable when no response comes, or one with status 500 or above. */
export async function requestAuth(path: string, body?: object): Promise<Response> {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const init = body ? { ...post, body: JSON.stringify(body) } : {}
  const response = await fetch(`/api/auth${path}`, { ...init, cache: 'no-store' }).catch(
    (cause: unknown) => {
      throw new ServerUnreachable(cause)
    },
  )
  if (response.status >= 500) throw new ServerUnreachable(response.status)
  return response
}

/** The account of the session cookie. Undefined: there is no session. */
export async function fetchAccount(): Promise<Account | undefined> {
  const response = await requestAuth('/get-session')
  if (response.status === 401) return undefined
  if (!response.ok) throw new ServerUnreachable(response.status)
  return accountIn(await bodyOf(response))
}

/** A fresh API token for the session cookie. Undefined: there is no session. */
export async function fetchToken(): Promise<string | undefined> {
  const response = await requestAuth('/token')
  if (response.status === 401) return undefined
  const { token } = await bodyOf(response)
  // Rate-limited, or the answer of a captive portal: not a sign-out.
  if (!response.ok || typeof token !== 'string') throw new ServerUnreachable(response.status)
  return token
}

/** Reads `{ user: { id, email, name } }`, the response of sign-up, sign-in and get-session. */
export function accountIn({ user }: Record<string, unknown>): Account | undefined {
  if (!isRecord(user) || typeof user.id !== 'string') return undefined
  return { id: user.id, email: String(user.email), name: String(user.name) }
}

/** The JSON object in a body; an empty one when there is none. */
export async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  const body: unknown = await response.json().catch(() => undefined)
  return isRecord(body) ? body : {}
}

/**
 * The subject and the lifetime of a token. The API verifies the signature; the page only needs to
 * know when to request the next token.
 */
export function readToken(jwt: string): { accountId: string; lifetimeMs: number } {
  const payload = (jwt.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
  const { sub, iat, exp } = parseClaims(payload)
  return { accountId: String(sub), lifetimeMs: (Number(exp) - Number(iat)) * 1000 }
}

function parseClaims(payload: string): Record<string, unknown> {
  try {
    const claims: unknown = JSON.parse(atob(payload))
    if (isRecord(claims)) return claims
  } catch (cause) {
    throw new ServerUnreachable(cause)
  }
  throw new ServerUnreachable('The token holds no claims.')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
