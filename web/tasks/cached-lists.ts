/** Finds, reads and changes the lists of tasks in the cache. */
import type { Cache } from '@urql/exchange-graphcache'
import { graphql } from '../gql/gql.ts'
import type { ListTotalQueryVariables, TaskFilter, TaskOrder } from '../gql/graphql.ts'
import { type CachedTask, idOfTask, keyOfTask, readTask } from './cached-task.ts'
import { defaultOrder, findPlace } from './task-order.ts'

/** Graphcache can write a scalar only through a document. */
const ListTotal = graphql(`
  query ListTotal($first: Int, $after: String, $filter: TaskFilter, $orderBy: TaskOrder) {
    tasks(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
      totalCount
    }
  }
`)

const TrashTotal = graphql(`
  query TrashTotal($first: Int, $after: String) {
    trash(first: $first, after: $after) {
      totalCount
    }
  }
`)

/** The field of Query that a page is of. */
type ListField = 'tasks' | 'trash'

export type PageArgs = ListTotalQueryVariables

/** `taskIds`: undefined when the query selected only the count. */
export type Page = { args: PageArgs; key: string; taskIds?: string[]; pageInfo: PageInfo }
type PageInfo = { __typename: 'PageInfo'; hasNextPage: boolean; endCursor: string | null }

/** The fetched part of a list: consecutive pages in order. */
export type CachedList = { filter: TaskFilter; order: TaskOrder; pages: Page[] }

/**
 * The page with these arguments and all consecutive pages. Empty: it is not cached. It also reads the
 * page after the last one, so that a query updates when that page arrives.
 */
export function readPages(cache: Cache, first: PageArgs, field: ListField = 'tasks'): Page[] {
  const pages: Page[] = []
  let page = readPage(cache, first, field)
  while (page) {
    pages.push(page)
    const { hasNextPage, endCursor } = page.pageInfo
    const isLast = !hasNextPage || !endCursor || pages.some(({ args }) => args.after === endCursor)
    page = isLast ? undefined : readPage(cache, { ...first, after: endCursor }, field)
  }
  return pages
}

function readPage(cache: Cache, args: PageArgs, field: ListField): Page | undefined {
  const key = cache.resolve('Query', field, args)
  if (typeof key !== 'string') return undefined
  const pageInfo = cache.resolve(key, 'pageInfo')
  const infoKey = typeof pageInfo === 'string' ? pageInfo : undefined
  const endCursor = cache.resolve(infoKey, 'endCursor')
  return {
    args,
    key,
    taskIds: idsIn(cache.resolve(key, 'nodes')),
    pageInfo: {
      __typename: 'PageInfo',
      hasNextPage: cache.resolve(infoKey, 'hasNextPage') === true,
      endCursor: typeof endCursor === 'string' ? endCursor : null,
    },
  }
}

function idsIn(nodes: unknown): string[] | undefined {
  if (!Array.isArray(nodes)) return undefined
  return nodes.filter((key) => typeof key === 'string').map(idOfTask)
}

/** Every cached list. Also invalidates pages that belong to no list any more. */
export function findLists(cache: Cache): CachedList[] {
  const all = pageArgsIn(cache, 'tasks')
  const lists = all.filter(isFirstPage).map((first) => ({
    filter: first.filter ?? {},
    order: first.orderBy ?? defaultOrder,
    pages: readPages(cache, first),
  }))
  const reached = new Set(lists.flatMap(({ pages }) => pages.map(({ key }) => key)))
  for (const args of all) {
    const key = cache.resolve('Query', 'tasks', args)
    if (typeof key === 'string' && !reached.has(key)) cache.invalidate('Query', 'tasks', args)
  }
  return lists.filter(({ pages }) => pages.length > 0)
}

type AnyPageArgs = PageArgs & { last?: number; before?: string }

function pageArgsIn(cache: Cache, list: ListField): AnyPageArgs[] {
  return cache
    .inspectFields('Query')
    .filter(({ fieldName }) => fieldName === list)
    .map((field): AnyPageArgs => field.arguments ?? {})
}

function isFirstPage({ after, last, before }: AnyPageArgs): boolean {
  return after === undefined && last === undefined && before === undefined
}

/** Takes tasks out of the fetched part of the trash. */
export function removeFromTrash(cache: Cache, ids: readonly string[]): void {
  for (const first of pageArgsIn(cache, 'trash').filter(isFirstPage)) {
    const pages = readPages(cache, first, 'trash')
    const shown = new Set(pages.flatMap(({ taskIds }) => taskIds ?? []))
    const removed = ids.filter((id) => shown.has(id))
    removeFromList(cache, { pages }, removed)
    addToTotal(cache, { pages }, -removed.length, 'trash')
  }
}

/** Active queries refetch the trash. */
export function invalidateTrash(cache: Cache): void {
  for (const args of pageArgsIn(cache, 'trash')) cache.invalidate('Query', 'trash', args)
}

type Pages = Pick<CachedList, 'pages'>

export function removeFromList(cache: Cache, { pages }: Pages, ids: Iterable<string>): void {
  const removed = new Set(ids)
  for (const page of pages) {
    if (page.taskIds?.some((id) => removed.has(id))) {
      writeTaskIds(
        cache,
        page,
        page.taskIds.filter((id) => !removed.has(id)),
      )
    }
  }
}

/** Inserts the task by the order of the list. False: the API may place it elsewhere. */
export function insertIntoList(cache: Cache, list: CachedList, task: CachedTask): boolean {
  const sorted = list.pages.flatMap(({ taskIds }) => taskIds ?? [])
  const others = sorted.map((id) => readTask(cache, id))
  const { index, certain } = findPlace(task, others, list.order)
  const isBeyond = index === sorted.length && list.pages.at(-1)?.pageInfo.hasNextPage
  if (!isBeyond) insertAt(cache, list, index, task.id)
  return certain
}

function insertAt(cache: Cache, { pages }: CachedList, index: number, id: string): void {
  let offset = index
  for (const page of pages) {
    if (!page.taskIds) return
    if (offset <= page.taskIds.length) {
      writeTaskIds(cache, page, page.taskIds.toSpliced(offset, 0, id))
      return
    }
    offset -= page.taskIds.length
  }
}

function writeTaskIds(cache: Cache, page: Page, ids: string[]): void {
  page.taskIds = ids
  cache.link(page.key, 'nodes', ids.map(keyOfTask))
}

export function addToTotal(
  cache: Cache,
  { pages }: Pages,
  difference: number,
  field: ListField = 'tasks',
): void {
  if (difference === 0) return
  for (const { args, key } of pages) {
    const totalCount = cache.resolve(key, 'totalCount')
    if (typeof totalCount !== 'number') continue
    const connection = {
      __typename: 'TaskConnection',
      totalCount: totalCount + difference,
    } as const
    if (field === 'trash')
      cache.updateQuery({ query: TrashTotal, variables: args }, () => ({
        __typename: 'Query',
        trash: connection,
      }))
    else
      cache.updateQuery({ query: ListTotal, variables: args }, () => ({
        __typename: 'Query',
        tasks: connection,
      }))
  }
}

/** Invalidates every page, so that active queries refetch the list. */
export function invalidateList(cache: Cache, { pages }: CachedList): void {
  for (const { args } of pages) cache.invalidate('Query', 'tasks', args)
}
