import { askAuth } from '../session/ask-auth.ts'

/** A session of the viewer; the times are of RFC 3339. */
export type OwnSession = {
  id: string
  createdAt: string
  /** Exact to a day. */
  lastSeenAt: string
  userAgent: string | null
  /** Whether it is the session of this page. */
  isCurrent: boolean
}

export const listSessions = () => askAuth<OwnSession[]>('/session/list')
export const endSession = (id: string) => askAuth<object>('/session/revoke', { id })
export const endOtherSessions = () => askAuth<object>('/revoke-other-sessions', {})
