import { type ReactNode, useEffect } from 'react'
import { Navigate, useSearchParams } from 'react-router'
import { useSession } from '../session/use-session.ts'
import styles from '../ui/entry-page.module.css'
import { EntryPage } from '../ui/entry-page.tsx'
import { isServerPath, nextOf } from './next-path.ts'

/** The path to open after signing in. */
export function useNext(): string {
  const [params] = useSearchParams()
  return nextOf(params, window.location.origin)
}

function GoOn({ to }: { to: string }) {
  const leavesClient = isServerPath(to)
  useEffect(() => {
    if (leavesClient) window.location.replace(to)
  }, [leavesClient, to])
  return leavesClient ? null : <Navigate to={to} replace />
}

const cookiesBlocked =
  'Your browser blocks cookies for this site, and one cookie keeps you signed in. Allow cookies for this site in the settings of the browser, then load this page again.'

type AccountPageProps = { title: string; children: ReactNode }

/** The frame of sign-in and sign-up. Redirects users who are signed in already. */
export function AccountPage({ title, children }: AccountPageProps) {
  const session = useSession()
  const next = useNext()
  if (session.status === 'signedIn') return <GoOn to={next} />
  return (
    <EntryPage title={title} line="Your own task list, and an API for the programs you trust.">
      <h1 className={styles.title}>{title}</h1>
      {!navigator.cookieEnabled && <p className={styles.over}>{cookiesBlocked}</p>}
      {children}
    </EntryPage>
  )
}
