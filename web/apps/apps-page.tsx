import { Suspense, startTransition, useState } from 'react'
import { PageHead } from '../ui/page-head.tsx'
import { AppList } from './app-list.tsx'
import styles from './apps-page.module.css'
import { listConnectedApps } from './connected-apps.ts'

/** Lists the connected apps, and disconnects them. */
export function AppsPage() {
  const [listing, setListing] = useState(listConnectedApps)
  const reload = () => startTransition(() => setListing(listConnectedApps()))
  return (
    <>
      <PageHead
        title="Connected apps"
        lead="Apps of other people that may use your account."
        isFocusHome
      />
      <Suspense fallback={<p className={styles.words}>Looking for your apps…</p>}>
        <AppList listing={listing} onChange={reload} />
      </Suspense>
    </>
  )
}
