import type { ReactNode } from 'react'
import styles from './empty-state.module.css'
import { Icon, type IconName } from './icon.tsx'

type EmptyStateProps = { icon?: IconName; title: string; children: ReactNode }

/** Says why a list shows nothing. `children`: a sentence, and a link if there is something to do. */
export function EmptyState({ icon, title, children }: EmptyStateProps) {
  return (
    <div className={styles.empty}>
      {icon && <Icon name={icon} />}
      <h2>{title}</h2>
      {children}
    </div>
  )
}
