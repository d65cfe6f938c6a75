import { Client, fetchExchange } from 'urql'
import { taskCache } from '../tasks/cache.ts'
import { createSignal } from '../ui/signal.ts'
import { authorize } from './auth-exchange.ts'
import { trackMutations } from './in-flight.ts'
import { refetchAfterOverlap } from './overlap-exchange.ts'
import { refreshOnReturn } from './refetch-exchange.ts'
import { liveUpdates } from './subscription-exchange.ts'

/**
 * A client that speaks for one account, with a cache of its own: no account ever sees what
 * another's client has fetched. Lists ask with `requestPolicy: 'cache-and-network'`.
 */
export function createApiClient(accountId: string): Client {
  const mutations = trackMutations()
  const missed = createSignal()
  const changed = createSignal()
  return new Client({
    url: '/graphql',
    // A query string may hold what somebody searched for, and ends up in logs.
    preferGetMethod: false,
    exchanges: [
      refreshOnReturn(accountId, missed),
      taskCache(),
      liveUpdates({ accountId, mutations, missed, changed }),
      mutations.exchange,
      refetchAfterOverlap(mutations, missed, changed),
      authorize(accountId),
      fetchExchange,
    ],
  })
}
