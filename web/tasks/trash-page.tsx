import { useQuery } from 'urql'
import { refusalOf } from '../api/refusal.ts'
import { countTasks } from '../ui/count-tasks.ts'
import { EmptyState } from '../ui/empty-state.tsx'
import { Notice } from '../ui/notice.tsx'
import { useLastKnown } from '../ui/use-last-known.ts'
import { EmptyTrash } from './empty-trash.tsx'
import styles from './task-page.module.css'
import { TaskSkeleton } from './task-skeleton.tsx'
import { TrashList, TrashQuery, trashPageSize } from './trash-list.tsx'

/** The deleted tasks, which can be restored or deleted forever. */
export function TrashPage() {
  const [{ data, error, fetching }, refetch] = useQuery({
    query: TrashQuery,
    variables: { first: trashPageSize },
    requestPolicy: 'cache-and-network',
  })
  // A failed refetch must keep what is shown.
  const trash = useLastKnown(data?.trash)
  return (
    <>
      <title>Trash · Taskward</title>
      <div className={styles.head}>
        <h1 className={styles.title} tabIndex={-1} data-focus-home>
          Trash
        </h1>
        <p className={styles.left}>{trash && countTasks(trash.totalCount)}</p>
        <EmptyTrash count={trash?.totalCount ?? 0} />
      </div>
      {error && (
        <Notice
          title={trash ? 'The list could not be updated' : 'The trash could not be loaded'}
          onRetry={() => refetch({ requestPolicy: 'network-only' })}
        >
          {refusalOf(error).message} Your tasks are safe.
        </Notice>
      )}
      {!trash && !error && <TaskSkeleton />}
      {trash?.nodes.length === 0 && !trash.pageInfo.hasNextPage && <NothingDeleted />}
      {trash && <TrashList trash={trash} busy={fetching} />}
    </>
  )
}

function NothingDeleted() {
  return (
    <EmptyState icon="bin" title="The trash is empty">
      <p>Tasks that you or a program delete appear here. You can restore them.</p>
    </EmptyState>
  )
}
