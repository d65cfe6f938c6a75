import { Suspense, startTransition, useState } from 'react'
import { Link } from 'react-router'
import { SitePage } from '../ui/site-page.tsx'
import { AppList } from './app-list.tsx'
import styles from './apps-page.module.css'
import { listConnectedApps } from './connected-apps.ts'

/** Lists the connected apps, and disconnects them. */
export function AppsPage() {
  const [listing, setListing] = useState(listConnectedApps)
  const reload = () => startTransition(() => setListing(listConnectedApps()))
  return (
    <SitePage title="Connected apps" links={<Link to="/developer">Developer</Link>}>
      <h1 tabIndex={-1} data-focus-home>
        Connected apps
      </h1>
      <p className={styles.words}>Apps of other people that may use your account.</p>
      <Suspense fallback={<p className={styles.words}>Looking for your apps…</p>}>
        <AppList listing={listing} onChange={reload} />
      </Suspense>
    </SitePage>
  )
}
