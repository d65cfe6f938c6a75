import { Link } from 'react-router'
import { Icon } from '../ui/icon.tsx'
import styles from './task-list.module.css'
import { countConditions, type TaskView, viewPath, withoutConditions } from './view.ts'

/** What an empty list says depends on why it is empty. */
export function EmptyList({ view }: { view: TaskView }) {
  if (countConditions(view) > 0)
    return (
      <div className={styles.empty}>
        <h2 className={styles.emptyTitle}>No task matches</h2>
        <p>Nothing here fits the search and the filters together.</p>
        <Link to={viewPath(withoutConditions(view))}>Show all without filters</Link>
      </div>
    )
  if (view.status === 'done')
    return (
      <div className={styles.empty}>
        <h2 className={styles.emptyTitle}>Nothing done yet</h2>
        <p>Tasks that you tick off are kept here.</p>
      </div>
    )
  return (
    <div className={styles.empty}>
      <Icon name="tray" />
      <h2 className={styles.emptyTitle}>
        {view.status === 'open' ? 'Everything is done' : 'Nothing to do yet'}
      </h2>
      <p>Write down the first thing that comes to mind and press Enter.</p>
    </div>
  )
}
