import type { ReactNode } from 'react'
import { Link } from 'react-router'
import styles from './site-page.module.css'
import { Wordmark } from './wordmark.tsx'

type SitePageProps = {
  title: string
  /** Links to related pages, after the one to the tasks. */
  links: ReactNode
  children: ReactNode
}

/** A page other than the task list: links back to it and to related pages, and one column. */
export function SitePage({ title, links, children }: SitePageProps) {
  return (
    <div className={styles.page}>
      <title>{`${title} · Taskward`}</title>
      <header className={styles.bar}>
        <Link to="/" aria-label="Taskward, to your tasks" className={styles.home}>
          <Wordmark />
        </Link>
        <nav aria-label="More pages" className={styles.nav}>
          <Link to="/">Tasks</Link>
          {links}
        </nav>
      </header>
      <main className={styles.main}>{children}</main>
    </div>
  )
}
