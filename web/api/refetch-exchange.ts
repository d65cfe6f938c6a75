import { type Exchange, makeOperation, type Operation } from 'urql'
import { pipe, tap } from 'wonka'
import { session } from '../session/session.ts'
import type { Signal } from '../ui/signal.ts'

/** So long hidden, and a page may show what another device has changed meanwhile. */
const longAbsenceMs = 60_000

/**
 * Asks again for everything that is shown when the account's session is back after it expired, when
 * the network is back, when the page is looked at again after a long absence, and when changes may
 * have been missed.
 */
export function refreshOnReturn(accountId: string, missed: Signal): Exchange {
  return ({ client, forward }) => {
    const shown = new Map<number, Operation>()

    function refresh(): void {
      for (const operation of shown.values()) {
        const context = { ...operation.context, requestPolicy: 'network-only' as const }
        client.reexecuteOperation(makeOperation('query', operation, context))
      }
    }

    onSessionBack(accountId, refresh)
    onLookedAtAgain(refresh)
    window.addEventListener('online', refresh)
    missed.subscribe(refresh)

    function note(operation: Operation): void {
      if (operation.kind === 'query') shown.set(operation.key, operation)
      if (operation.kind === 'teardown') shown.delete(operation.key)
    }

    return (operations) => pipe(operations, tap(note), forward)
  }
}

function onSessionBack(accountId: string, act: () => void): void {
  let hadExpired = false
  session.subscribe(() => {
    const state = session.get()
    const isBack = hadExpired && state.status === 'signedIn' && state.account.id === accountId
    hadExpired = state.status === 'expired'
    if (isBack) act()
  })
}

function onLookedAtAgain(act: () => void): void {
  let hiddenAt: number | undefined
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') hiddenAt = Date.now()
    else if (hiddenAt !== undefined && Date.now() - hiddenAt >= longAbsenceMs) act()
  })
}
