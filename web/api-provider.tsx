import { type ReactNode, useEffect, useMemo } from 'react'
import { Provider } from 'urql'
import { ChangeSignal } from './api/change-signal.ts'
import { createApiClient } from './api/client.ts'
import { taskCache } from './tasks/cache.ts'
import { createOwnChanges } from './tasks/own-changes.ts'
import { subscribeToTasks } from './tasks/task-changed.ts'
import { createSignal } from './ui/signal.ts'

/**
 * Provides the API client of one account. The client outlives an expired session, and with it the
 * cache and what is typed. Another account gets another client, another cache and new children.
 * Render it only when the session is `signedIn` or `expired`.
 */
export function ApiProvider({ accountId, children }: { accountId: string; children: ReactNode }) {
  const { client, arrived } = useMemo(() => {
    const arrived = createSignal()
    const parts = { cache: taskCache(), ownChanges: createOwnChanges(), arrived }
    return { arrived, client: createApiClient(accountId, parts) }
  }, [accountId])
  useEffect(() => subscribeToTasks(client), [client])
  return (
    <Provider key={accountId} value={client}>
      <ChangeSignal value={arrived}>{children}</ChangeSignal>
    </Provider>
  )
}
