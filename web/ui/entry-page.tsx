import type { ReactNode } from 'react'
import styles from './entry-page.module.css'
import { SampleList } from './sample-list.tsx'
import { Wordmark } from './wordmark.tsx'

type EntryPageProps = {
  /** For the tab; the heading is part of the children. */
  title: string
  /** A sentence beside the column, below a still of the list, on wide screens only. */
  line: string
  children: ReactNode
}

/** The page layout for signing in, signing up and consent. */
export function EntryPage({ title, line, children }: EntryPageProps) {
  return (
    <div className={styles.page}>
      <title>{`${title} · Taskward`}</title>
      <header className={styles.brand}>
        <Wordmark />
        <SampleList />
        <p className={styles.line}>{line}</p>
      </header>
      <main className={styles.main}>{children}</main>
    </div>
  )
}
