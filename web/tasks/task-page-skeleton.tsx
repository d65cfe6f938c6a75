import styles from './task-page.module.css'
import { TaskSkeleton } from './task-skeleton.tsx'

/** The page before it is known who is asking: the same frame, and nothing in it yet. */
export function TaskPageSkeleton() {
  return (
    <div className={styles.page}>
      <div className={styles.bar} />
      <div className={styles.rail} />
      <main className={styles.main}>
        <div className={styles.head} />
        <TaskSkeleton />
      </main>
    </div>
  )
}
