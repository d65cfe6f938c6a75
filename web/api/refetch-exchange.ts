import { type Exchange, makeOperation, type Operation } from 'urql'
import { pipe, tap } from 'wonka'
import { session } from '../session/session.ts'
import type { Signal } from '../ui/signal.ts'

/** Refetches when the page was hidden for at least this long. */
const minHiddenMs = 60_000

/**
 * Refetches every active query when the account signs in again after its session expired, when the
 * network is available again, when the page was hidden for a while, and when events may have been
 * missed.
 */
export function refetchWhenStale(accountId: string, missed: Signal): Exchange {
  return ({ client, forward }) => {
    const active = new Map<number, Operation>()

    function refetchAll(): void {
      for (const operation of active.values()) {
        const context = { ...operation.context, requestPolicy: 'network-only' as const }
        client.reexecuteOperation(makeOperation('query', operation, context))
      }
    }

    onSessionRenewed(accountId, refetchAll)
    onVisibleAgain(refetchAll)
    window.addEventListener('online', refetchAll)
    missed.subscribe(refetchAll)

    function track(operation: Operation): void {
      if (operation.kind === 'query') active.set(operation.key, operation)
      if (operation.kind === 'teardown') active.delete(operation.key)
    }

    return (operations) => pipe(operations, tap(track), forward)
  }
}

function onSessionRenewed(accountId: string, act: () => void): void {
  let hadExpired = false
  session.subscribe(() => {
    const state = session.get()
    const isRenewed = hadExpired && state.status === 'signedIn' && state.account.id === accountId
    hadExpired = state.status === 'expired'
    if (isRenewed) act()
  })
}

function onVisibleAgain(act: () => void): void {
  let hiddenAt: number | undefined
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') hiddenAt = Date.now()
    else if (hiddenAt !== undefined && Date.now() - hiddenAt >= minHiddenMs) act()
  })
}
