import { Suspense, use } from 'react'
import { Link } from 'react-router'
import { PageSection } from '../ui/page-section.tsx'
import type { ProgramCounts } from './programs.ts'
import styles from './settings.module.css'

type Counting = { counting: Promise<ProgramCounts> }

/** What may use the account besides its sessions. */
export function ProgramsSection({ counting }: Counting) {
  return (
    <PageSection title="Programs" lead="What may use your account without a session.">
      <ul className={styles.list}>
        <li className={styles.row}>
          <p>
            Access tokens
            <Count counting={counting} of="tokens" />
          </p>
          <Link to="/developer">Manage tokens</Link>
        </li>
        <li className={styles.row}>
          <p>
            Connected apps
            <Count counting={counting} of="apps" />
          </p>
          <Link to="/apps">Manage apps</Link>
        </li>
      </ul>
    </PageSection>
  )
}

function Count(props: Counting & { of: keyof ProgramCounts }) {
  return (
    <Suspense>
      <KnownCount {...props} />
    </Suspense>
  )
}

function KnownCount({ counting, of }: Counting & { of: keyof ProgramCounts }) {
  const count = use(counting)[of]
  return count === undefined ? null : <span className={styles.count}>{count}</span>
}
