import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { Icon, type IconName } from '../ui/icon.tsx'
import styles from './rail-link.module.css'

type RailLinkProps = {
  to: string
  current: boolean
  /** Default: the sign of a label. */
  icon?: IconName
  count?: number | undefined
  children: string
}

/** A line of the rail that opens a page or a view. */
export function RailLink({ to, current, icon, count, children }: RailLinkProps) {
  return (
    <li>
      <Link to={to} className={styles.line} aria-current={current ? 'page' : undefined}>
        <RailLine icon={icon}>{children}</RailLine>
        {count !== undefined && (
          <span className={styles.count}>
            <span className="visually-hidden">, </span>
            {count}
            <span className="visually-hidden"> {count === 1 ? 'task' : 'tasks'}</span>
          </span>
        )}
      </Link>
    </li>
  )
}

type RailLineProps = { icon?: IconName | undefined; children: ReactNode }

/** Icon and name of a line, for links and buttons with the class `line`. */
export function RailLine({ icon, children }: RailLineProps) {
  return (
    <>
      {icon ? <Icon name={icon} /> : <span aria-hidden="true">#</span>}
      <bdi className={styles.name}>{children}</bdi>
    </>
  )
}
