import { useQuery } from 'urql'
import { graphql } from '../gql/gql.ts'
import { addDays } from '../ui/date-words.ts'
import { useToday } from '../ui/use-today.ts'
import { useDeletions } from './task-actions.tsx'
import { useLastKnown } from './use-last-known.ts'

const TaskCountsQuery = graphql(`
  query TaskCounts($today: Date!, $yesterday: Date!) {
    open: tasks(first: 1, filter: { completed: false }) {
      totalCount
      changesCursor # where the stream of changes continues after a break
    }
    done: tasks(first: 1, filter: { completed: true }) {
      totalCount
    }
    today: tasks(
      first: 1
      filter: { completed: false, dueOnOrAfter: $today, dueOnOrBefore: $today }
    ) {
      totalCount
    }
    overdue: tasks(first: 1, filter: { completed: false, dueOnOrBefore: $yesterday }) {
      totalCount
    }
  }
`)

/** The number of tasks in each view, loaded or not. Undefined while loading. */
export function useTaskCounts() {
  const today = useToday()
  const [result] = useQuery({
    query: TaskCountsQuery,
    variables: { today, yesterday: addDays(today, -1) },
    requestPolicy: 'cache-and-network',
  })
  // A failed refetch must keep what is shown.
  const data = useLastKnown(result.data)
  const deletions = useDeletions()
  if (!data) return undefined
  const doneDeletions = deletions.filter((one) => one.completed).length
  const open = data.open.totalCount - (deletions.length - doneDeletions)
  const done = data.done.totalCount - doneDeletions
  return {
    open,
    done,
    all: open + done,
    today: data.today.totalCount,
    overdue: data.overdue.totalCount,
  }
}
