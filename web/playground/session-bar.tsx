import type { ReactNode } from 'react'
import { restoreSession } from '../session/session.ts'
import { useSession } from '../session/use-session.ts'
import { useIdentity } from './identity.ts'
import { TokenSwitch } from './token-switch.tsx'

const signIn = <a href="/sign-in?next=/graphql">Sign in</a>

/** Enough characters to recognise a token. */
const startLength = 13

/** Shows the identity of the playground, and how to change it. */
export function SessionBar() {
  const session = useSession()
  const identity = useIdentity()
  if (identity)
    return (
      <Bar>
        Calling with the token <code>{identity.token.slice(0, startLength)}…</code>, which may use{' '}
        <strong>{identity.scopes.join(', ') || 'no scope'}</strong>.
      </Bar>
    )
  switch (session.status) {
    case 'unknown':
      return <Bar>Looking for your session…</Bar>
    case 'signedIn':
      return (
        <Bar>
          Signed in as <strong>{session.account.email}</strong>. Your token is sent with every
          operation.
        </Bar>
      )
    case 'signedOut':
      return (
        <Bar>You are signed out: the schema can be read, tasks cannot. {signIn} to use them.</Bar>
      )
    case 'expired':
      return <Bar>Your session expired. {signIn} to go on; what you typed is kept.</Bar>
    case 'unreachable':
      return (
        <Bar>
          Taskward cannot be reached.{' '}
          <button type="button" onClick={restoreSession}>
            Try again
          </button>
        </Bar>
      )
  }
}

function Bar({ children }: { children: ReactNode }) {
  return (
    <header className="session-bar">
      <a href="/">Taskward</a>
      <p role="status">{children}</p>
      <TokenSwitch />
      <nav aria-label="More pages">
        <a href="/">Tasks</a>
      </nav>
    </header>
  )
}
