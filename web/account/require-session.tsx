import { type ReactNode, Suspense, useDeferredValue, useEffect } from 'react'
import { Navigate, useLocation } from 'react-router'
import { type Account, restoreSession } from '../session/session.ts'
import { useSession } from '../session/use-session.ts'
import { Button } from '../ui/button.tsx'
import { fetchAhead, lazyAhead } from '../ui/lazy-ahead.ts'
import { Message } from '../ui/message.tsx'
import { withNext } from './next-path.ts'

const SessionOverDialog = lazyAhead(
  async () => (await import('./session-over-dialog.tsx')).SessionOverDialog,
)

/** Delay before prefetching, so that it does not compete with what the page shows first. */
const prefetchDelayMs = 3_000

type RequireSessionProps = {
  waiting: ReactNode
  children: (account: Account) => ReactNode
}

/** Renders its children for a signed-in account; others are redirected to sign-in and back. */
export function RequireSession({ waiting, children }: RequireSessionProps) {
  const session = useSession()
  const { pathname, search } = useLocation()
  useEffect(() => {
    const timer = setTimeout(fetchAhead, prefetchDelayMs)
    return () => clearTimeout(timer)
  }, [])
  // Deferred, so that React renders the page in slices and the browser stays responsive.
  const isKnown = useDeferredValue(session.status !== 'unknown')
  if (session.status === 'unknown' || !isKnown) return waiting
  if (session.status === 'signedOut')
    return <Navigate to={withNext('/sign-in', pathname + search)} replace />
  if (session.status === 'unreachable')
    return (
      <Message title="Taskward cannot be reached">
        <p role="alert">Check your connection, then try again.</p>
        <Button look="primary" onClick={restoreSession}>
          Try again
        </Button>
      </Message>
    )
  return (
    <>
      {children(session.account)}
      {session.status === 'expired' && (
        <Suspense>
          <SessionOverDialog account={session.account} />
        </Suspense>
      )}
    </>
  )
}
