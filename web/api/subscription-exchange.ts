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
import { subscribeToEvents } from './event-source.ts'
import type { MutationsInFlight } from './in-flight.ts'
import { createResumePoint, type ResumePoint } from './resume-point.ts'

/** What the mutations of this page changed, so that events about it are skipped. */
export type OwnChanges = {
  /** Takes the data of a mutation's result. */
  note(data: unknown): void
  /** Whether an event's data repeats what the page knows. */
  include(data: unknown): boolean
}

type SubscriptionOptions = {
  accountId: string
  mutations: MutationsInFlight
  ownChanges: OwnChanges
  /** Events may have been missed, so earlier results may be out of date. */
  missed: Signal
  /** Another client changed something. */
  changed: Signal
  /** An event came, also one about a change of this page. */
  arrived: Signal
}

/**
 * Runs subscriptions, each over as many streams as it takes. Stands below the cache. Holds events
 * back while a mutation of this page is in flight, and then skips those that repeat the mutation.
 */
export function createSubscriptionExchange({
  accountId,
  mutations,
  ownChanges,
  missed,
  changed,
  arrived,
}: SubscriptionOptions): Exchange {
  return ({ forward }) => {
    const eventSources = new Set<ReturnType<typeof subscribeToEvents>>()
    const resumePoints = new Set<ResumePoint>()
    const held: (() => void)[] = []

    function deliverOrHold(deliver: () => void): void {
      if (!mutations.isEmpty()) held.push(deliver)
      else deliver()
    }

    function end({ operation, data, error }: OperationResult): void {
      if (operation.kind === 'mutation') ownChanges.note(data)
      if (operation.kind === 'query') for (const { noteResult } of resumePoints) noteResult(data)
      if (!error) for (const { nudge } of eventSources) nudge()
      // Deferred, because the cache receives the result of the mutation after this call.
      queueMicrotask(() => {
        if (mutations.isEmpty()) for (const deliver of held.splice(0)) deliver()
      })
    }

    function resultsOf(operation: Operation): Source<OperationResult> {
      return make((observer) => {
        const resumePoint = createResumePoint()
        resumePoints.add(resumePoint)
        const source = subscribeToEvents({
          accountId,
          bodyAfter: (cursor) => requestBody(operation, cursor),
          resumePoint,
          onGap: missed.emit,
          onAnswer: (answer) => {
            arrived.emit()
            deliverOrHold(() => {
              if (ownChanges.include(answer.data)) return
              changed.emit()
              observer.next(makeResult(operation, answer))
            })
          },
        })
        eventSources.add(source)
        return () => {
          eventSources.delete(source)
          resumePoints.delete(resumePoint)
          source.stop()
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
          pipe(resultsOf(subscription), takeUntil(pipe(shared, filter(isEndOf(subscription))))),
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

function requestBody({ query, variables }: Operation, after: string | undefined): string {
  const operationName = getOperationName(query)
  const body = {
    operationName,
    query: stringifyDocument(query),
    variables: { ...variables, after },
  }
  return JSON.stringify(body)
}
