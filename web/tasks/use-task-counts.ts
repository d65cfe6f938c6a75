import { useQuery } from 'urql'
import { graphql } from '../gql/gql.ts'
import { addDays } from '../ui/date-words.ts'
import { useLastKnown } from '../ui/use-last-known.ts'
import { useToday } from '../ui/use-today.ts'

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
  if (!data) return undefined
  return {
    open: data.open.totalCount,
    done: data.done.totalCount,
    all: data.open.totalCount + data.done.totalCount,
    today: data.today.totalCount,
    overdue: data.overdue.totalCount,
  }
}
