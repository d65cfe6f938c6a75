import {
  type Exchange,
  getOperationName,
  makeResult,
  type Operation,
  type OperationResult,
  stringifyDocument,
} from 'urql'
import { filter, make, merge, mergeMap, pipe, type Source, share, takeUntil, tap } from 'wonka'
import type { Signal } from '../ui/signal.ts'
import { follow } from './event-source.ts'
import type { MutationsInFlight } from './in-flight.ts'

/** What the mutations of this page changed, so that events about it are skipped. */
export type OwnChanges = {
  /** Takes the data of a mutation's result. */
  note(data: unknown): void
  /** Whether an event's data repeats what the page knows. */
  include(data: unknown): boolean
}

type LiveOptions = {
  accountId: string
  mutations: MutationsInFlight
  ownChanges: OwnChanges
  /** Changes may have been missed: what was answered before may be old. */
  missed: Signal
  /** Somebody else has changed something. */
  changed: Signal
}

/**
 * Answers subscriptions for as long as they are wanted, over however many streams that takes. Stands
 * below the cache: it waits with what it hears while a mutation of this page is under way, and then
 * leaves out what the mutation has done.
 */
export function liveUpdates({
  accountId,
  mutations,
  ownChanges,
  missed,
  changed,
}: LiveOptions): Exchange {
  return ({ forward }) => {
    const followed = new Set<ReturnType<typeof follow>>()
    const waiting: (() => void)[] = []

    function tellOrWait(tell: () => void): void {
      if (!mutations.isEmpty()) waiting.push(tell)
      else tell()
    }

    function end({ operation, data, error }: OperationResult): void {
      if (operation.kind === 'mutation') ownChanges.note(data)
      if (!error) for (const { nudge } of followed) nudge()
      // Only once the cache has the answer, which it is handed after this.
      queueMicrotask(() => {
        if (mutations.isEmpty()) for (const tell of waiting.splice(0)) tell()
      })
    }

    function answersTo(operation: Operation): Source<OperationResult> {
      return make((observer) => {
        const following = follow({
          accountId,
          body: bodyOf(operation),
          onGap: missed.emit,
          onAnswer: (answer) =>
            tellOrWait(() => {
              if (ownChanges.include(answer.data)) return
              changed.emit()
              observer.next(makeResult(operation, answer))
            }),
        })
        followed.add(following)
        return () => {
          followed.delete(following)
          following.stop()
        }
      })
    }

    return (operations) => {
      const shared = pipe(operations, share)
      const isEndOf = (subscription: Operation) => (operation: Operation) =>
        operation.kind === 'teardown' && operation.key === subscription.key
      const live = pipe(
        shared,
        filter(({ kind }) => kind === 'subscription'),
        mergeMap((subscription) =>
          pipe(answersTo(subscription), takeUntil(pipe(shared, filter(isEndOf(subscription))))),
        ),
      )
      const others = pipe(
        shared,
        filter(({ kind }) => kind !== 'subscription'),
        forward,
        tap(end),
      )
      return merge([live, others])
    }
  }
}

function bodyOf({ query, variables }: Operation): string {
  const operationName = getOperationName(query)
  return JSON.stringify({ operationName, query: stringifyDocument(query), variables })
}
