import type { Exchange } from 'urql'
import { pipe, tap } from 'wonka'

export type MutationsInFlight = ReturnType<typeof trackMutations>

/**
 * Counts the mutations that are sent and not answered. Its exchange stands below the cache, where
 * only what is really sent passes.
 */
export function trackMutations() {
  let count = 0
  const exchange: Exchange =
    ({ forward }) =>
    (operations) =>
      pipe(
        operations,
        tap(({ kind }) => {
          if (kind === 'mutation') count += 1
        }),
        forward,
        tap(({ operation, hasNext }) => {
          if (operation.kind === 'mutation' && !hasNext) count -= 1
        }),
      )
  return { exchange, isEmpty: () => count === 0 }
}
