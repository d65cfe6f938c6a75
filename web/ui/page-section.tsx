import { type ReactNode, useId } from 'react'
import styles from './page-section.module.css'

type PageSectionProps = {
  title: string
  lead?: ReactNode
  /** Whether the focus goes to the heading when the control that had it leaves the page. */
  isFocusHome?: boolean
  children?: ReactNode
}

/** A part of a page, with its heading. */
export function PageSection({ title, lead, isFocusHome = false, children }: PageSectionProps) {
  const id = useId()
  return (
    <section aria-labelledby={id} className={styles.section}>
      <h2 id={id} className={styles.title} tabIndex={-1} data-focus-home={isFocusHome || undefined}>
        {title}
      </h2>
      {lead && <p className={styles.lead}>{lead}</p>}
      {children}
    </section>
  )
}
