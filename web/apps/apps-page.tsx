import { Suspense, startTransition, useState } from 'react'
import { Link } from 'react-router'
import { Wordmark } from '../ui/wordmark.tsx'
import { AppList } from './app-list.tsx'
import styles from './apps-page.module.css'
import { listConnectedApps } from './connected-apps.ts'

/** Where a person sees which apps may use the account, and ends it. */
export function AppsPage() {
  const [listing, setListing] = useState(listConnectedApps)
  const reload = () => startTransition(() => setListing(listConnectedApps()))
  return (
    <div className={styles.page}>
      <title>Connected apps · Taskward</title>
      <header className={styles.bar}>
        <Link to="/" aria-label="Taskward, to your tasks" className={styles.home}>
          <Wordmark />
        </Link>
        <Link to="/developer" className={styles.developer}>
          Developer
        </Link>
      </header>
      <main className={styles.main}>
        <h1 tabIndex={-1} data-focus-home className={styles.title}>
          Connected apps
        </h1>
        <p className={styles.words}>Apps of others that you have let use your account.</p>
        <Suspense fallback={<p className={styles.words}>Looking for your apps…</p>}>
          <AppList listing={listing} onChange={reload} />
        </Suspense>
      </main>
    </div>
  )
}
