/** The five calls to `/api/auth` that the client needs, each answer parsed at once. */

export type Account = { id: string; email: string; name: string }

/** A sign-up, sign-in or sign-out that was not accepted, in words for the person who tried. */
export type AuthRefusal = {
  message: string
  /** The form field to show it at; absent: it concerns the whole form. */
  field?: 'email' | 'password' | 'name'
  code: string
  retryAfterSeconds?: number
}

/** Thrown when the server gives no usable answer. Not a sign-out: the same call may work later. */
export class ServerUnreachable extends Error {
  override readonly name = 'ServerUnreachable'
  constructor(cause?: unknown) {
    super('The server cannot be reached.', { cause })
  }
}

/** @throws ServerUnreachable when no answer comes, or one that says the server is in trouble. */
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
  // Too many requests, or an answer of somebody else (a captive portal): not a sign-out.
  if (!response.ok || typeof token !== 'string') throw new ServerUnreachable(response.status)
  return token
}

/** `{ user: { id, email, name } }`, as sign-up, sign-in and get-session answer it. */
export function accountIn({ user }: Record<string, unknown>): Account | undefined {
  if (!isRecord(user) || typeof user.id !== 'string') return undefined
  return { id: user.id, email: String(user.email), name: String(user.name) }
}

/** The JSON object in a body; an empty one when there is none, which no caller accepts. */
export async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  const body: unknown = await response.json().catch(() => undefined)
  return isRecord(body) ? body : {}
}

/**
 * Who a token is for and how long it lives. The signature is the API's to check; the page only
 * needs to know when to ask for the next one.
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
