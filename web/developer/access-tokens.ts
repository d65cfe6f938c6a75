import { type AuthRefusal, dropToken, heldToken, ServerUnreachable, token } from '../auth.ts'
import { requestAuth } from '../auth-http.ts'
import { refusalOf, unreachable } from '../auth-refusal.ts'

/** A token that a program of the viewer's own holds; the token itself is not told again. */
export type AccessToken = {
  id: string
  name: string
  scopes: string[]
  /** How the token begins, to tell it from others. */
  start: string
  createdAt: string
  /** Null: never. */
  expiresAt: string | null
  /** Null: not yet. */
  lastUsedAt: string | null
}

/** As answered once, when it is made. */
export type MadeToken = Omit<AccessToken, 'lastUsedAt'> & { token: string }

export type NewToken = { name: string; scopes: string[]; expiresInDays: number | null }

/** What was asked for, or why not, in words for the person who asked. */
export type Answer<Value> = { value: Value } | { refusal: AuthRefusal }

export const listAccessTokens = () => ask<AccessToken[]>('list')
export const createAccessToken = (input: NewToken) => ask<MadeToken>('create', input)
export const revokeAccessToken = (id: string) => ask<object>('revoke', { id })

/** Never rejects for what the server or the network may do. */
async function ask<Value>(path: string, body?: object): Promise<Answer<Value>> {
  try {
    const response = await requestAuth(`/access-token/${path}`, body)
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
