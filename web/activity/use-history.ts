import { useEffect, useMemo, useSyncExternalStore } from 'react'
import { useClient } from 'urql'
import { useChangeSignal } from '../api/change-signal.ts'
import type { TaskChangeFilter } from '../gql/graphql.ts'
import { createHistory } from './history.ts'

/** The history that the filter selects. It loads what is new whenever a task changes. */
export function useHistory({ actorId, taskId, occurredAtOrAfter }: TaskChangeFilter) {
  const client = useClient()
  const changed = useChangeSignal()
  const history = useMemo(
    () => createHistory(client, withoutEmpty({ actorId, taskId, occurredAtOrAfter })),
    [client, actorId, taskId, occurredAtOrAfter],
  )
  useEffect(() => {
    history.sync()
    return changed.subscribe(history.sync)
  }, [history, changed])
  return { history, ...useSyncExternalStore(history.subscribe, history.get) }
}

function withoutEmpty(filter: TaskChangeFilter): TaskChangeFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value))
}
