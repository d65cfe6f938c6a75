import type { ResultOf } from '@graphql-typed-document-node/core'
import type { Client } from 'urql'
import { type Refusal, refusalOf } from '../api/refusal.ts'
import { readFragment } from '../gql/fragment-masking.ts'
import { graphql } from '../gql/gql.ts'
import type { TaskChangeFilter } from '../gql/graphql.ts'
import { createSignal } from '../ui/signal.ts'
import { type Change, RecordedChangeFragment } from './change.ts'
import { groupChanges } from './groups.ts'
import type { Undo } from './undo.ts'

/** Changes of one page. A change costs 24, and an operation may cost 5,000 (docs/limits.md). */
const pageSize = 100

/**
 * Changes of the first and of each next page of what is new: mostly there is one. After the last of
 * these, the page begins again with the latest changes.
 */
const newPageSizes = [10, 50, 100, 100]

/** Min time between two requests for what is new: a program may change many tasks in a second. */
const syncPauseMs = 2_000

const LatestChangesQuery = graphql(`
  query LatestChanges($last: Int!, $before: String, $filter: TaskChangeFilter) {
    taskChanges(last: $last, before: $before, filter: $filter) {
      nodes {
        ...RecordedChange
      }
      pageInfo {
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`)

const NewChangesQuery = graphql(`
  query NewChanges($first: Int!, $after: String!, $filter: TaskChangeFilter) {
    taskChanges(first: $first, after: $after, filter: $filter) {
      nodes {
        ...RecordedChange
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`)

export type HistoryState = {
  /** The newest first. Undefined while loading. */
  changes: readonly Change[] | undefined
  /** Whether the API has changes before these. */
  hasOlder: boolean
  /** Why the last request failed. The changes stay. */
  refusal?: Refusal | undefined
}

/** The history of the viewer from the newest change back, as far as it is loaded. */
export function createHistory(client: Client, filter: TaskChangeFilter) {
  let state: HistoryState = { changes: undefined, hasOlder: false }
  let newest: string | null = null
  let oldest: string | null = null
  let isSyncing = false
  let isStale = false
  const changed = createSignal()
  const context = { requestPolicy: 'network-only' } as const

  function become(next: Partial<HistoryState>): void {
    state = { ...state, ...next }
    changed.emit()
  }

  async function load(before: string | null): Promise<boolean> {
    const variables = { last: pageSize, before, filter }
    const { data, error } = await client.query(LatestChangesQuery, variables, context).toPromise()
    if (!data) {
      become({ refusal: error && refusalOf(error) })
      return false
    }
    const { hasPreviousPage, startCursor, endCursor } = data.taskChanges.pageInfo
    oldest = startCursor
    if (before === null) newest = endCursor
    const later = before === null ? [] : (state.changes ?? [])
    const changes = [...later, ...newestFirst(data)]
    become({ changes, hasOlder: hasPreviousPage, refusal: undefined })
    return true
  }

  /** Adds what has happened since the newest change. */
  async function catchUp(): Promise<void> {
    for (const first of newPageSizes) {
      if (newest === null) break
      const variables = { first, after: newest, filter }
      const { data, error } = await client.query(NewChangesQuery, variables, context).toPromise()
      if (!data) {
        // The changes after it are no longer kept.
        if (error && refusalOf(error).code === 'CURSOR_EXPIRED') break
        return become({ refusal: error && refusalOf(error) })
      }
      const { hasNextPage, endCursor } = data.taskChanges.pageInfo
      newest = endCursor ?? newest
      become({ changes: [...newestFirst(data), ...(state.changes ?? [])], refusal: undefined })
      if (!hasNextPage) return
    }
    await loadLatest()
  }

  async function syncUntilFresh(): Promise<void> {
    if (isSyncing) return
    isSyncing = true
    while (isStale) {
      isStale = false
      await (state.changes && Object.keys(filter).length > 0 ? refresh() : catchUp())
      await new Promise((resolve) => setTimeout(resolve, syncPauseMs))
    }
    isSyncing = false
  }

  /** The undo of a change may be outside the filter, so the latest changes are read again. */
  async function refresh(): Promise<void> {
    const known = state.changes ?? []
    const { hasOlder } = state
    const before = oldest
    if (!(await load(null))) return
    const latest = new Set(state.changes?.map(({ id }) => id))
    const older = known.filter(({ id }) => !latest.has(id))
    // Without a change in common there may be a gap.
    if (older.length === 0 || older.length === known.length) return
    oldest = before
    become({ changes: [...(state.changes ?? []), ...older], hasOlder })
  }

  /** One program may have filled the first page with one line. Then the line needs its end. */
  async function loadLatest(): Promise<void> {
    await load(null)
    while (state.hasOlder && isOneGroup(state.changes ?? [])) if (!(await load(oldest))) return
  }

  return {
    get: () => state,
    subscribe: changed.subscribe,
    /** Loads what is new: at once, or soon after the last time. */
    sync(): void {
      isStale = true
      void syncUntilFresh()
    },
    /** Marks changes that the page has undone. */
    noteUndo(undone: readonly Undo[]): void {
      const undoneBy = new Map(undone.map(({ id, undoes }) => [undoes, id]))
      const changes = state.changes?.map((change) => ({
        ...change,
        undoneBy: undoneBy.get(change.id) ?? change.undoneBy,
      }))
      become({ changes })
    },
    /** False: the request failed. */
    loadOlder: (): Promise<boolean> => load(oldest),
  }
}

export type History = ReturnType<typeof createHistory>

/** Max changes that are loaded at first. */
const maxFirst = 500

function isOneGroup(changes: readonly Change[]): boolean {
  return changes.length < maxFirst && groupChanges(changes, true).length === 1
}

type Answer = ResultOf<typeof LatestChangesQuery> | ResultOf<typeof NewChangesQuery>

function newestFirst({ taskChanges: { nodes } }: Answer): Change[] {
  return nodes.map((node) => readFragment(RecordedChangeFragment, node)).reverse()
}
