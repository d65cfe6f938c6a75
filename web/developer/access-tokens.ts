import { askAuth } from '../session/ask-auth.ts'

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

export type NewToken = {
  name: string
  scopes: string[]
  expiresInDays: number | null
  /** Asked for where the sign-in was long ago (SESSION_NOT_FRESH). */
  password?: string
}

export const listAccessTokens = () => askAuth<AccessToken[]>('/access-token/list')
export const createAccessToken = (input: NewToken) =>
  askAuth<MadeToken>('/access-token/create', input)
export const revokeAccessToken = (id: string) => askAuth<object>('/access-token/revoke', { id })
