import { Link } from 'react-router'
import { Icon } from '../ui/icon.tsx'
import styles from './task-list.module.css'
import { countConditions, type TaskView, viewPath, withoutConditions } from './view.ts'

export function EmptyList({ view }: { view: TaskView }) {
  if (countConditions(view) > 0)
    return (
      <div className={styles.empty}>
        <h2 className={styles.emptyTitle}>No tasks found</h2>
        <p>No task matches both the search and the filters.</p>
        <Link to={viewPath(withoutConditions(view))}>Clear search and filters</Link>
      </div>
    )
  if (view.status === 'done')
    return (
      <div className={styles.empty}>
        <h2 className={styles.emptyTitle}>No completed tasks yet</h2>
        <p>Completed tasks appear here.</p>
      </div>
    )
  return (
    <div className={styles.empty}>
      <Icon name="tray" />
      <h2 className={styles.emptyTitle}>
        {view.status === 'open' ? 'All tasks are done' : 'No tasks yet'}
      </h2>
      <p>Type your first task under “New task” and press Enter.</p>
    </div>
  )
}
