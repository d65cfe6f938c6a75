import type { TaskOrder } from '../gql/graphql.ts'
import styles from './task-toolbar.module.css'
import { orderName, readOrder } from './view.ts'

const choices = {
  'created-desc': 'Newest first',
  'created-asc': 'Oldest first',
  'due-asc': 'Due soonest',
  'due-desc': 'Due latest',
  'priority-desc': 'Highest priority',
  'priority-asc': 'Lowest priority',
  'title-asc': 'Title A to Z',
  'title-desc': 'Title Z to A',
  'updated-desc': 'Last changed',
  'updated-asc': 'Unchanged longest',
}

type TaskSortProps = { order: TaskOrder; onSort: (order: TaskOrder) => void }

export function TaskSort({ order, onSort }: TaskSortProps) {
  return (
    <select
      className={styles.select}
      aria-label="Sort"
      value={orderName(order)}
      onChange={(event) => onSort(readOrder(event.target.value))}
    >
      {Object.entries(choices).map(([name, words]) => (
        <option key={name} value={name}>
          {words}
        </option>
      ))}
    </select>
  )
}
