import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import styles from './notice.module.css'

type NoticeProps = { title: string; children: ReactNode; onRetry?: (() => void) | undefined }

/** An error in place of content: what happened, what is safe, and what to do. */
export function Notice({ title, children, onRetry }: NoticeProps) {
  return (
    <div role="alert" className={styles.notice}>
      <h2 className={styles.title}>{title}</h2>
      <p>{children}</p>
      {onRetry && (
        <Button look="primary" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  )
}
