import { Client, type Exchange, fetchExchange } from 'urql'
import { createSignal, type Signal } from '../ui/signal.ts'
import { createAuthExchange } from './auth-exchange.ts'
import { chainUpdates } from './chain-exchange.ts'
import { trackMutations } from './in-flight.ts'
import { refetchAfterOverlap } from './overlap-exchange.ts'
import { refetchWhenStale } from './refetch-exchange.ts'
import { createSubscriptionExchange, type OwnChanges } from './subscription-exchange.ts'

type ClientParts = {
  /** Must not be shared: each client has a cache of its own. */
  cache: Exchange
  ownChanges: OwnChanges
  /** Emits when a task may have changed: at each event, and when events may have been missed. */
  arrived?: Signal
}

/**
 * A client for one account. Its cache never serves another account. Lists ask with `requestPolicy: 'cache-and-network'`.
 */
export function createApiClient(
  accountId: string,
  { cache, ownChanges, arrived = createSignal() }: ClientParts,
): Client {
  const mutations = trackMutations()
  const missed = createSignal()
  const changed = createSignal()
  missed.subscribe(arrived.emit)
  return new Client({
    url: '/graphql',
    // URLs end up in logs, and variables may contain search text.
    preferGetMethod: false,
    exchanges: [
      refetchWhenStale(accountId, missed),
      cache,
      createSubscriptionExchange({ accountId, mutations, ownChanges, missed, changed, arrived }),
      mutations.exchange,
      chainUpdates(),
      refetchAfterOverlap(mutations, missed, changed),
      createAuthExchange(accountId),
      fetchExchange,
    ],
  })
}
