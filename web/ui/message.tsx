import type { ReactNode } from 'react'
import styles from './message.module.css'
import { Wordmark } from './wordmark.tsx'

/**
 * A page with one message, which looks like the server's own error pages (web/error/). Its links load
 * a page anew, so that it works outside the router and leaves a broken state behind.
 */
export function Message({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={styles.page}>
      <header className={styles.bar}>
        <a href="/" aria-label="Taskward, to your tasks" className={styles.home}>
          <Wordmark />
        </a>
        <nav aria-label="More pages" className={styles.nav}>
          <a href="/">Tasks</a>
          <a href="/docs">Documents</a>
        </nav>
      </header>
      <main className={styles.main}>
        <h1 className={styles.title}>{title}</h1>
        {children}
      </main>
    </div>
  )
}
