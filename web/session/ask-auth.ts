import { requestAuth } from './auth-http.ts'
import { refusalOf, unreachable } from './auth-refusal.ts'
import { type AuthRefusal, dropToken, heldToken, ServerUnreachable, token } from './session.ts'

/** What was asked for, or why not, in words for the person who asked. */
export type Answer<Value> = { value: Value } | { refusal: AuthRefusal }

/** Asks a route of `/api/auth` as the person who is signed in. Never rejects for what the server or the network may do. */
export async function askAuth<Value>(path: string, body?: object): Promise<Answer<Value>> {
  try {
    const response = await requestAuth(path, body)
    if (response.ok) return { value: (await response.json()) as Value }
    if (response.status === 401) await noticeEnd()
    return { refusal: await refusalOf(response) }
  } catch (error) {
    if (error instanceof ServerUnreachable) return { refusal: unreachable }
    throw error
  }
}

/** The session is gone: asking it for a token makes the whole page know. */
async function noticeEnd(): Promise<void> {
  const held = heldToken()
  if (held) dropToken(held.jwt)
  await token()
}
