import type { ReactNode } from 'react'
import styles from './text-field.module.css'

/** The error of one field, which refers to it with aria-describedby. */
export function FieldError({ id, children }: { id: string; children: ReactNode }) {
  if (!children) return null
  return (
    <p id={id} className={styles.error}>
      {children}
    </p>
  )
}
