import type { ReactNode } from 'react'
import styles from './message.module.css'
import { Wordmark } from './wordmark.tsx'

/** A page with one message. */
export function Message({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={styles.page}>
      <header>
        <Wordmark />
      </header>
      <main className={styles.main}>
        <h1 className={styles.title}>{title}</h1>
        {children}
      </main>
    </div>
  )
}
