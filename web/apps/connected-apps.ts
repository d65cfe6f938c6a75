import { askAuth } from '../session/ask-auth.ts'
import type { ExplainedScope, ForeignApp } from '../ui/app-words.ts'
import type { Limits } from '../ui/limit-fields.tsx'

/** An app that may use the account; the times are of RFC 3339. */
export type ConnectedApp = {
  id: string
  app: ForeignApp
  /** Origins, loopback addresses without a port, and schemes, that the person has allowed. */
  places: string[]
  scopes: ExplainedScope[]
  connectedAt: string
  /** When it last got a token. */
  lastUsedAt: string
  /** Its `Actor.id` in the history. */
  actorId: string
  /** Null: it is not paused. */
  pausedAt: string | null
} & Limits

export const listConnectedApps = () => askAuth<ConnectedApp[]>('/connected-app/list')
export const disconnectApp = (id: string) => askAuth<object>('/connected-app/disconnect', { id })
