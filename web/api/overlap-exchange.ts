import { type Exchange, makeOperation, type Operation } from 'urql'
import { pipe, tap } from 'wonka'
import type { Signal } from '../ui/signal.ts'

/**
 * Asks a query again that was on its way together with a mutation, or when one of the signals came:
 * nobody can tell whether its answer knows of the change, and counts that are adjusted on top of it
 * would stay wrong. Stands below the cache, where only what is really sent passes.
 */
export const refetchAfterOverlap =
  (...signals: Signal[]): Exchange =>
  ({ client, forward }) => {
    const queries = new Map<number, Operation>()
    const doubtful = new Map<number, Operation>()
    const mutations = new Set<Operation['context']['_instance']>()

    function begin(operation: Operation): void {
      if (operation.kind === 'teardown') end(operation)
      if (operation.kind === 'query') queries.set(operation.key, operation)
      if (operation.kind === 'mutation') mutations.add(operation.context._instance)
      if (mutations.size > 0) doubtAll()
    }

    function doubtAll(): void {
      for (const [key, query] of queries) doubtful.set(key, query)
    }

    function end({ key, context }: Operation): void {
      queries.delete(key)
      mutations.delete(context._instance)
      // Later, as the client forgets this question if the cache now has one about the same query.
      if (doubtful.size > 0) setTimeout(askAgain)
    }

    function askAgain(): void {
      for (const [key, query] of doubtful) {
        if (queries.has(key) || mutations.size > 0) continue
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
