import type { Cache } from '@urql/exchange-graphcache'
import {
  addToTotal,
  type CachedList,
  findLists,
  insertIntoList,
  invalidateList,
  removeFromList,
} from './cached-lists.ts'
import type { CachedTask } from './cached-task.ts'
import { matches } from './task-filter.ts'
import { ranksEqually } from './task-order.ts'

/** A task before and after a mutation; absent before it was created and after it was deleted. */
export type TaskChange = { before?: CachedTask; after?: CachedTask }

/**
 * Brings every cached list into line with a change. Where that cannot be certain the list is asked
 * for again, but not for an optimistic change: its best guess stands until the API has answered.
 */
export function applyChange(cache: Cache, change: TaskChange, optimistic = false): void {
  for (const list of findLists(cache)) {
    const certain = changeList(cache, list, change)
    if (!certain && !optimistic) invalidateList(cache, list)
  }
}

/** For a change of which too little is known. */
export function invalidateLists(cache: Cache): void {
  for (const list of findLists(cache)) invalidateList(cache, list)
}

function changeList(cache: Cache, list: CachedList, { before, after }: TaskChange): boolean {
  const wasIn = before ? matches(list.filter, before) : false
  const isIn = after ? matches(list.filter, after) : false
  if (wasIn === undefined || isIn === undefined) return false
  addToTotal(cache, list, Number(isIn) - Number(wasIn))
  if (wasIn && isIn && before && after && ranksEqually(before, after, list.order)) return true
  if (before) removeFromList(cache, list, [before.id])
  return isIn && after && showsTasks(list) ? insertIntoList(cache, list, after) : true
}

/** Takes deleted tasks out of every list at once; there may be thousands. */
export function applyDeletion(cache: Cache, deleted: CachedTask[], optimistic = false): void {
  for (const list of findLists(cache)) {
    const wereIn = deleted.map((task) => matches(list.filter, task))
    addToTotal(cache, list, -wereIn.filter((wasIn) => wasIn === true).length)
    const ids = deleted.map(({ id }) => id)
    removeFromList(cache, list, ids)
    if (wereIn.includes(undefined) && !optimistic) invalidateList(cache, list)
  }
}

function showsTasks({ pages: [first] }: CachedList): boolean {
  return first?.taskIds !== undefined
}
