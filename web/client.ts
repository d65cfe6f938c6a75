import { Client, fetchExchange } from 'urql'
import { authorize } from './authorize.ts'
import { liveUpdates } from './live.ts'
import { askAgainAfterOverlap } from './overlap.ts'
import { refreshOnReturn } from './refresh.ts'
import { createSignal } from './signal.ts'
import { taskCache } from './tasks/cache.ts'

/**
 * A client that speaks for one account, with a cache of its own: no account ever sees what
 * another's client has fetched. Lists ask with `requestPolicy: 'cache-and-network'`.
 */
export function createApiClient(accountId: string): Client {
  const missed = createSignal()
  const changed = createSignal()
  return new Client({
    url: '/graphql',
    // A query string may hold what somebody searched for, and ends up in logs.
    preferGetMethod: false,
    exchanges: [
      refreshOnReturn(accountId, missed),
      taskCache(),
      liveUpdates({ accountId, missed, changed }),
      askAgainAfterOverlap(missed, changed),
      authorize(accountId),
      fetchExchange,
    ],
  })
}
