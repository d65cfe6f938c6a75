import { type ReactNode, useEffect } from 'react'
import { Navigate, useSearchParams } from 'react-router'
import { useSession } from '../api-provider.tsx'
import { Wordmark } from '../ui/wordmark.tsx'
import styles from './account-page.module.css'
import { isServerPath, nextOf } from './next-path.ts'

/** Where the visitor of an account page wants to go afterwards. */
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

type AccountPageProps = { title: string; children: ReactNode }

/** The frame of sign-in and sign-up; whoever is signed in is sent on at once. */
export function AccountPage({ title, children }: AccountPageProps) {
  const session = useSession()
  const next = useNext()
  if (session.status === 'signedIn') return <GoOn to={next} />
  return (
    <div className={styles.page}>
      <title>{`${title} · Taskward`}</title>
      <header className={styles.brand}>
        <Wordmark />
        <p className={styles.line}>
          One list, yours alone. And an API, for the programs you trust with it.
        </p>
      </header>
      <main className={styles.main}>
        <h1 className={styles.title}>{title}</h1>
        {children}
      </main>
    </div>
  )
}
