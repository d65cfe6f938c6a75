import styles from './task-list.module.css'

const rows = ['1', '2', '3', '4', '5', '6', '7', '8']

/** The loading list. It takes its space immediately and becomes visible after 200 ms. */
export function TaskSkeleton() {
  return (
    <div className={styles.skeleton} role="status">
      <span className="visually-hidden">Loading tasks…</span>
      {rows.map((row) => (
        <div key={row} className={styles.bone} />
      ))}
    </div>
  )
}
