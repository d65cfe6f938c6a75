import { type Exchange, makeOperation, type Operation } from 'urql'
import { pipe, tap } from 'wonka'
import type { Signal } from '../ui/signal.ts'
import type { MutationsInFlight } from './in-flight.ts'

/**
 * Refetches a query that was in flight together with a mutation, or while one of the signals came:
 * its answer may or may not contain the change, and counts adjusted on top of it would stay wrong.
 * Stands below the cache, where only what is really sent passes, and below the tracker.
 */
export const refetchAfterOverlap =
  (mutations: MutationsInFlight, ...signals: Signal[]): Exchange =>
  ({ client, forward }) => {
    const queries = new Map<number, Operation>()
    const doubtful = new Map<number, Operation>()

    function begin(operation: Operation): void {
      if (operation.kind === 'teardown') end(operation)
      if (operation.kind === 'query') queries.set(operation.key, operation)
      if (!mutations.isEmpty()) doubtAll()
    }

    function doubtAll(): void {
      for (const [key, query] of queries) doubtful.set(key, query)
    }

    function end({ key }: Operation): void {
      queries.delete(key)
      // Deferred: in this turn the client would drop the query, because the cache may just have sent
      // the same one.
      if (doubtful.size > 0) setTimeout(refetch)
    }

    function refetch(): void {
      for (const [key, query] of doubtful) {
        if (queries.has(key) || !mutations.isEmpty()) continue
        doubtful.delete(key)
        const context = { ...query.context, requestPolicy: 'network-only' as const }
        client.reexecuteOperation(makeOperation('query', query, context))
      }
    }

    for (const { subscribe } of signals) subscribe(doubtAll)
    return (operations) =>
      pipe(
        operations,
        tap(begin),
        forward,
        tap(({ operation }) => end(operation)),
      )
  }
