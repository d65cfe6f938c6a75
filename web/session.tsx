import { type ReactNode, useMemo, useSyncExternalStore } from 'react'
import { Provider } from 'urql'
import { type SessionState, session } from './auth.ts'
import { createApiClient } from './client.ts'

export function useSession(): SessionState {
  return useSyncExternalStore(session.subscribe, session.get)
}

/**
 * Gives its children the API client of the account that is signed in, or whose session expired:
 * what is typed and cached outlives a sign-in again. Another account gets another client, another
 * cache and fresh children. Render it only in those two states.
 */
export function ApiProvider({ accountId, children }: { accountId: string; children: ReactNode }) {
  const client = useMemo(() => createApiClient(accountId), [accountId])
  return (
    <Provider key={accountId} value={client}>
      {children}
    </Provider>
  )
}
