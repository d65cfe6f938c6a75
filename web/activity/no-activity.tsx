import { Link } from 'react-router'
import { Icon } from '../ui/icon.tsx'
import styles from './activity.module.css'

export function NoActivity({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered)
    return (
      <div className={styles.empty}>
        <h2>No activity found</h2>
        <p>No change matches the filters.</p>
        <Link to="/activity">Show all activity</Link>
      </div>
    )
  return (
    <div className={styles.empty}>
      <Icon name="history" />
      <h2>Nothing has happened yet</h2>
      <p>Changes of your tasks appear here: yours, and those of your programs.</p>
    </div>
  )
}
