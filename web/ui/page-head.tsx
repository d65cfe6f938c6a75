import type { ReactNode } from 'react'
import styles from './page-head.module.css'

type PageHeadProps = {
  title: string
  /** What the page is for, in a sentence. */
  lead?: ReactNode
  /** Whether the focus goes here when the control that had it leaves the page. */
  isFocusHome?: boolean
}

/** The title of a page, in the document and above the content. */
export function PageHead({ title, lead, isFocusHome = false }: PageHeadProps) {
  return (
    <div className={styles.head}>
      <title>{`${title} · Taskward`}</title>
      <h1 className={styles.title} tabIndex={-1} data-focus-home={isFocusHome || undefined}>
        {title}
      </h1>
      {lead && <p className={styles.lead}>{lead}</p>}
    </div>
  )
}
