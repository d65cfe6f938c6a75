import { and, type Placeholder, type SQL, sql } from 'drizzle-orm'
import type { SelectedFields } from 'drizzle-orm/pg-core'
import { between, orderBy, type Page, sortExpression, type TaskOrder } from './pages.ts'
import { tasks } from './tables.ts'

/** Tasks that are read in order before the index is asked. An owner with fewer needs no index. */
const maxRead = 1_000
/** With more candidates, reading the list in order fills a page sooner. */
const maxCandidatesOfPage = 5_000
/** With more, reading all tasks takes as long. A count reads all candidates. */
const maxCandidatesOfCount = 50_000

type Search = {
  columns: SelectedFields
  /** Of the owner. */
  isOwned: SQL | undefined
  /** Of the filter, among them the texts to search for. */
  conditions: (SQL | undefined)[]
  order: TaskOrder
  page: Page
  limit: number | Placeholder
}

/**
 * A page of a filter that the index of grams serves (migration 0009). Only one of three parts has rows,
 * so they stay in order:
 *
 * - `near`: the matches among the next 1,000 tasks, if they fill the page or no more tasks follow.
 *   A frequent text is found there without the index, and a short list is read as a whole.
 * - the matches among the candidates of the index;
 * - all matches, read in order, if there is no index or it has too many candidates.
 */
export function selectBySearch({ columns, isOwned, conditions, order, page, limit }: Search): SQL {
  const selected = sql.join(Object.values(columns), sql`, `)
  const sorted = sql.join(orderBy(order, page.backward), sql`, `)
  const listed = sql`from ${tasks} where ${and(isOwned, between(order, page))}`
  const matches = (condition: SQL) =>
    sql`(select ${selected} ${listed} and ${and(condition, ...conditions)} order by ${sorted} limit ${limit})`
  const nearSorted = sql.join(orderBy(order, page.backward, sql`sort_key`), sql`, `)
  return sql`with near as materialized (
      select ${selected} from (
        select *, ${sortExpression(order)} as sort_key ${listed} order by ${sorted} limit ${rows(maxRead)}
      ) as ${tasks} where ${and(...conditions)} order by ${nearSorted} limit ${limit}
    ), found as materialized (
      select is_near, case when not is_near then ${candidates(maxCandidatesOfPage)} end as ids from (
        select (select count(*) from near) = ${limit}::bigint
            or not exists (select ${listed} order by ${sorted} offset ${rows(maxRead)}) as is_near
        offset 0
      ) as near_enough
    )
    select * from near where (select is_near from found)
    union all ${matches(sql`${tasks.id} = any((select ids from found)::uuid[])`)}
    union all ${matches(sql`(select not is_near and ids is null from found)`)}`
}

/** The number of tasks that match: among the candidates, or else among all tasks. */
export function countBySearch(isOwned: SQL | undefined, conditions: (SQL | undefined)[]): SQL {
  const counted = (condition?: SQL) =>
    sql`(select count(*) from ${tasks} where ${and(isOwned, condition, ...conditions)})`
  return sql`(select case when ids is null then ${counted()}
      else ${counted(sql`${tasks.id} = any(ids)`)} end
    from (select ${candidates(maxCandidatesOfCount)} as ids offset 0) as found)`
}

function candidates(most: number): SQL {
  return sql`find_search_candidates(${sql.placeholder('texts')}::bytea[], ${rows(most)})`
}

/** Written into the SQL: Postgres plans with it. */
function rows(count: number): SQL {
  return sql.raw(String(count))
}
