import styles from './wordmark.module.css'

export function Wordmark() {
  return (
    <span className={styles.wordmark}>
      <img src="/favicon.svg" alt="" width="24" height="24" />
      Taskward
    </span>
  )
}
