import type { ReactNode } from 'react'
import { Wordmark } from '../ui/wordmark.tsx'
import { RailFoot } from './rail-foot.tsx'
import styles from './side.module.css'

export type SideProps = {
  /** Links to views and labels. */
  rail: ReactNode
  onHelp: () => void
}

/** The content of the sidebar, which is a drawer on narrow screens. */
export function Side({ rail, onHelp }: SideProps) {
  return (
    <div className={styles.side}>
      <div className={styles.brand}>
        <Wordmark />
      </div>
      {rail}
      <RailFoot onHelp={onHelp} />
    </div>
  )
}
