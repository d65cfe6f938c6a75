import type { ReactNode } from 'react'
import styles from './text-field.module.css'

/** What is wrong with one field. The field points here with aria-describedby. */
export function FieldError({ id, children }: { id: string; children: ReactNode }) {
  if (!children) return null
  return (
    <p id={id} className={styles.error}>
      {children}
    </p>
  )
}
