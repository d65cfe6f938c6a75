import { type ReactNode, Suspense, useDeferredValue, useEffect } from 'react'
import { Navigate, useLocation } from 'react-router'
import { ApiProvider, useSession } from '../api-provider.tsx'
import { restoreSession } from '../session/session.ts'
import { Button } from '../ui/button.tsx'
import { fetchAhead, lazyAhead } from '../ui/lazy-ahead.ts'
import { Message } from '../ui/message.tsx'
import { withNext } from './next-path.ts'

const SessionOverDialog = lazyAhead(
  async () => (await import('./session-over-dialog.tsx')).SessionOverDialog,
)

/** Until then the connection is for what is shown. */
const settledMs = 3_000

type RequireSessionProps = { waiting: ReactNode; children: ReactNode }

/** Lets only the signed-in through; others go to sign-in and come back to where they wanted to be. */
export function RequireSession({ waiting, children }: RequireSessionProps) {
  const session = useSession()
  const { pathname, search } = useLocation()
  useEffect(() => {
    const timer = setTimeout(fetchAhead, settledMs)
    return () => clearTimeout(timer)
  }, [])
  // The page is made in slices, between which the browser draws and answers.
  const isKnown = useDeferredValue(session.status !== 'unknown')
  if (session.status === 'unknown' || !isKnown) return waiting
  if (session.status === 'signedOut')
    return <Navigate to={withNext('/sign-in', pathname + search)} replace />
  if (session.status === 'unreachable')
    return (
      <Message title="Taskward cannot be reached">
        <p role="alert">Nothing is lost. Check your connection, then try again.</p>
        <Button look="primary" onClick={restoreSession}>
          Try again
        </Button>
      </Message>
    )
  return (
    <ApiProvider accountId={session.account.id}>
      {children}
      {session.status === 'expired' && (
        <Suspense>
          <SessionOverDialog account={session.account} />
        </Suspense>
      )}
    </ApiProvider>
  )
}
