import { requestAuth } from './auth-http.ts'
import { refusalOf, unreachable } from './auth-refusal.ts'
import { type AuthRefusal, dropToken, heldToken, ServerUnreachable, token } from './session.ts'

/** The value, or a refusal in words for the user. */
export type Answer<Value> = { value: Value } | { refusal: AuthRefusal }

/** Calls a route of `/api/auth` as the signed-in user. Server and network errors become refusals. */
export async function askAuth<Value>(path: string, body?: object): Promise<Answer<Value>> {
  try {
    const response = await requestAuth(path, body)
    if (response.ok) return { value: (await response.json()) as Value }
    if (response.status === 401) await noticeSessionEnd()
    return { refusal: await refusalOf(response) }
  } catch (error) {
    if (error instanceof ServerUnreachable) return { refusal: unreachable }
    throw error
  }
}

/** The session has ended. Requesting a token updates the session state of the page. */
async function noticeSessionEnd(): Promise<void> {
  const held = heldToken()
  if (held) dropToken(held.jwt)
  await token()
}
