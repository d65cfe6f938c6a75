import styles from './task-page.module.css'

/** `count`: undefined while loading; the space is reserved to avoid a layout shift. */
export function TasksLeft({ count }: { count: number | undefined }) {
  return (
    <p role="status" className={styles.left}>
      {count !== undefined && `${count} ${count === 1 ? 'task' : 'tasks'} left`}
    </p>
  )
}
