import styles from './task-page.module.css'

/** Undefined while it is not known: the place is kept, so that nothing moves when it is. */
export function TasksLeft({ count }: { count: number | undefined }) {
  return (
    <p role="status" className={styles.left}>
      {count !== undefined && `${count} ${count === 1 ? 'task' : 'tasks'} left`}
    </p>
  )
}
