import type { ReactNode } from 'react'
import { Navigate, useSearchParams } from 'react-router'
import { useSession } from '../session.tsx'
import { Wordmark } from '../ui/wordmark.tsx'
import styles from './account-page.module.css'
import { isServerPath, safeNext } from './next-path.ts'

/** Where the visitor of an account page wants to go afterwards. */
export function useNext(): string {
  const [params] = useSearchParams()
  return safeNext(params.get('next'), window.location.origin)
}

function GoOn({ to }: { to: string }) {
  if (!isServerPath(to)) return <Navigate to={to} replace />
  window.location.replace(to)
  return null
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
        <p className={styles.line}>One list, kept for you alone.</p>
      </header>
      <main className={styles.main}>
        <h1 className={styles.title}>{title}</h1>
        {children}
      </main>
    </div>
  )
}
