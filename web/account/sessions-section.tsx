import { Suspense, startTransition, useState } from 'react'
import { PageSection } from '../ui/page-section.tsx'
import { SessionList } from './session-list.tsx'
import { listSessions } from './sessions.ts'
import styles from './settings.module.css'

/** Where the account is signed in, and how to end it. */
export function SessionsSection() {
  const [listing, setListing] = useState(listSessions)
  const reload = () => startTransition(() => setListing(listSessions()))
  return (
    <PageSection title="Sessions" lead="Where you are signed in." isFocusHome>
      <Suspense fallback={<p className={styles.soft}>Looking for your sessions…</p>}>
        <SessionList listing={listing} onChange={reload} />
      </Suspense>
    </PageSection>
  )
}
