import { askAuth } from '../session/ask-auth.ts'
import type { Limits } from '../ui/limit-fields.tsx'

/** An access token of the viewer, without its secret. */
export type AccessToken = {
  id: string
  name: string
  scopes: string[]
  /** The first characters of the token, to recognise it. */
  start: string
  createdAt: string
  /** Null: never. */
  expiresAt: string | null
  /** Null: not yet. */
  lastUsedAt: string | null
  /** Its `Actor.id` in the history. */
  actorId: string
  /** Null: it is not paused. */
  pausedAt: string | null
} & Limits

/** The response to creation, the only one with the secret. */
export type MadeToken = Omit<AccessToken, 'lastUsedAt'> & { token: string }

export type NewToken = {
  name: string
  scopes: string[]
  expiresInDays: number | null
  maxDeletions?: number
  maxChanges?: number
  /** Required after SESSION_NOT_FRESH: the sign-in was long ago. */
  password?: string
}

export const listAccessTokens = () => askAuth<AccessToken[]>('/access-token/list')
export const createAccessToken = (input: NewToken) =>
  askAuth<MadeToken>('/access-token/create', input)
export const revokeAccessToken = (id: string) => askAuth<object>('/access-token/revoke', { id })
