import { useSyncExternalStore } from 'react'
import { useQuery } from 'urql'
import { refusalOf } from '../api/refusal.ts'
import { graphql } from '../gql/gql.ts'
import { Modal } from '../ui/modal.tsx'
import { Notice } from '../ui/notice.tsx'
import { GoneTask } from './gone-task.tsx'
import { useOpenTask } from './open-task.tsx'
import styles from './open-task-place.module.css'
import { TaskDetails } from './task-details.tsx'
import { useDetailsPlace } from './use-details-place.ts'

const OpenTaskQuery = graphql(`
  query OpenTask($id: ID!) {
    task(id: $id) {
      id
      ...TaskDetails
    }
  }
`)

/** The details of the task in the address, unless its row shows them. */
export function OpenTaskPlace() {
  const { subscribe, get, hasRow, close } = useOpenTask()
  const id = useSyncExternalStore(subscribe, get)
  const isInRow = useSyncExternalStore(subscribe, hasRow)
  const place = useDetailsPlace()
  if (id === undefined || (place === 'row' && isInRow)) return null
  const details = <OpenedTask key={id} id={id} />
  if (place === 'sheet')
    return (
      <Modal sheet title="Task" onClose={close}>
        {details}
      </Modal>
    )
  return (
    <section aria-label="Task" className={place === 'pane' ? styles.pane : styles.block}>
      {details}
    </section>
  )
}

function OpenedTask({ id }: { id: string }) {
  const [{ data, fetching, error }, refetch] = useQuery({ query: OpenTaskQuery, variables: { id } })
  const readAgain = () => refetch({ requestPolicy: 'network-only' })
  if (data?.task) return <TaskDetails task={data.task} />
  if (fetching) return <p className="visually-hidden">Loading…</p>
  if (error)
    return (
      <Notice title="This task could not be loaded" onRetry={readAgain}>
        {refusalOf(error).message}
      </Notice>
    )
  return <GoneTask id={id} onRestored={readAgain} />
}
