import { setTimeout as sleep } from 'node:timers/promises'
import { withBody } from '../http/account-input.ts'
import { findRefreshToken, isRecentlyRotated, type RefreshTokenTable } from './consents.ts'
import { refreshTokenPrefix } from './revocation.ts'

type Auth = {
  handler: (request: Request) => Promise<Response>
  $context: Promise<{ adapter: RefreshTokenTable }>
}

/** Longest wait for the response of a concurrent refresh. */
const maxWaitMs = 2_000
const pollMs = 20

/**
 * Sends a request to Better Auth. Two concurrent refreshes with one token are a retry: the provider
 * rotates the token once and answers later requests with the stored response. A request that comes
 * before the response is stored is refused, so it is sent once more when it is.
 */
export function createRefreshRetry(auth: Auth): (request: Request) => Promise<Response> {
  return async (request) => {
    if (!isTokenRequest(request)) return auth.handler(request)
    const form = await request.text()
    const response = await auth.handler(withBody(request, form))
    const token = new URLSearchParams(form).get('refresh_token') ?? ''
    const isRetry = (await isInvalidGrant(response)) && (await awaitRotation(auth, token))
    return isRetry ? auth.handler(withBody(request, form)) : response
  }
}

function isTokenRequest({ url, method, headers }: Request): boolean {
  const type = headers.get('content-type') ?? ''
  return (
    method === 'POST' &&
    new URL(url).pathname === '/api/auth/oauth2/token' &&
    type.startsWith('application/x-www-form-urlencoded')
  )
}

async function isInvalidGrant(response: Response): Promise<boolean> {
  if (response.status !== 400) return false
  const { error }: { error?: unknown } = await response.clone().json()
  return error === 'invalid_grant'
}

/** Whether the token was rotated in the last seconds and the response of the rotation is stored. */
async function awaitRotation({ $context }: Auth, token: string): Promise<boolean> {
  if (!token.startsWith(refreshTokenPrefix)) return false
  const { adapter } = await $context
  const endAt = performance.now() + maxWaitMs
  do {
    const row = await findRefreshToken(adapter, token.slice(refreshTokenPrefix.length))
    if (!row || !isRecentlyRotated(row)) return false
    if (row.rotationReplayResponse) return true
    await sleep(pollMs)
  } while (performance.now() < endAt)
  return false
}
