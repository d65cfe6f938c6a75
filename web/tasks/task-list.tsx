import { useDeferredValue, useMemo } from 'react'
import { useClient, useQuery } from 'urql'
import { refusalOf } from '../api/refusal.ts'
import { graphql } from '../gql/gql.ts'
import { announce } from '../ui/announcer.tsx'
import { Notice } from '../ui/notice.tsx'
import { useLastKnown } from '../ui/use-last-known.ts'
import { useToday } from '../ui/use-today.ts'
import { EmptyList } from './empty-list.tsx'
import { MoreTasks } from './more-tasks.tsx'
import { TaskItem } from './task-item.tsx'
import styles from './task-list.module.css'
import { TaskSkeleton } from './task-skeleton.tsx'
import { filterOf, type TaskView } from './view.ts'

/** Tasks of one page. */
const pageSize = 50

export const TaskListQuery = graphql(`
  query TaskList($first: Int!, $after: String, $filter: TaskFilter, $orderBy: TaskOrder) {
    tasks(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
      nodes {
        id
        ...TaskItem
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`)

export function TaskList({ view }: { view: TaskView }) {
  const client = useClient()
  const today = useToday()
  const variables = useMemo(
    () => ({ first: pageSize, filter: filterOf(view, today), orderBy: view.order }),
    [view, today],
  )
  const [{ data, fetching, error }, refetch] = useQuery({
    query: TaskListQuery,
    variables,
    requestPolicy: 'cache-and-network',
  })
  // A failed refetch must keep the rows and the input in them.
  const tasks = useLastKnown(data?.tasks)
  // Deferred, so that React renders the first rows in slices. Later changes are immediate.
  const mayShow = useDeferredValue(tasks !== undefined)

  /** The cache appends the page to the list. False: the request failed. */
  async function loadAfter(after: string) {
    const page = await client.query(TaskListQuery, { ...variables, after }).toPromise()
    if (page.data) announce(`${page.data.tasks.nodes.length} more tasks loaded.`)
    return !page.error
  }

  const failure = error && (
    <Notice
      title={tasks ? 'The list could not be updated' : 'Your tasks could not be loaded'}
      onRetry={() => refetch({ requestPolicy: 'network-only' })}
    >
      {refusalOf(error).message} Your tasks are safe.
    </Notice>
  )
  if (!tasks || !mayShow) return failure ?? <TaskSkeleton />
  const { hasNextPage, endCursor } = tasks.pageInfo
  return (
    <div className={styles.list} aria-busy={fetching}>
      {failure}
      {tasks.nodes.length === 0 && !hasNextPage && <EmptyList view={view} />}
      <ul aria-label="Tasks">
        {tasks.nodes.map((task) => (
          <TaskItem key={task.id} task={task} today={today} />
        ))}
      </ul>
      {hasNextPage && endCursor && (
        <MoreTasks key={endCursor} onLoad={() => loadAfter(endCursor)} />
      )}
    </div>
  )
}
