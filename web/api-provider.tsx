import { type ReactNode, useEffect, useMemo } from 'react'
import { Provider } from 'urql'
import { createApiClient } from './api/client.ts'
import { followTasks } from './tasks/task-changed.ts'

export { useSession } from './session/use-session.ts'

/**
 * Gives its children the API client of the account that is signed in, or whose session expired:
 * what is typed and cached outlives a sign-in again. Another account gets another client, another
 * cache and fresh children. Render it only in those two states.
 */
export function ApiProvider({ accountId, children }: { accountId: string; children: ReactNode }) {
  const client = useMemo(() => createApiClient(accountId), [accountId])
  useEffect(() => followTasks(client), [client])
  return (
    <Provider key={accountId} value={client}>
      {children}
    </Provider>
  )
}
