import type { ReactNode, Ref } from 'react'
import { restoreSession } from '../session/session.ts'
import { useSession } from '../session/use-session.ts'
import { useIdentity } from './identity.ts'
import { TokenSwitch } from './token-switch.tsx'

const signIn = <a href="/sign-in?next=/graphql">Sign in</a>

/** Enough characters to recognise a token. */
const startLength = 13

/** The one bar of the playground: who calls, the tools in `toolsRef`, and links to other pages. */
export function SessionBar({ toolsRef }: { toolsRef?: Ref<HTMLElement> }) {
  return (
    <header className="session-bar">
      <a href="/">
        <img src="/favicon.svg" alt="" width="24" height="24" />
        Taskward
      </a>
      <p role="status">
        <Caller />
      </p>
      <TokenSwitch />
      <span className="tools" ref={toolsRef} />
      <nav aria-label="More pages">
        <a href="/docs">Documents</a> <a href="/schema.graphql">Schema</a> <a href="/">Tasks</a>
      </nav>
    </header>
  )
}

/** Whose token is sent. */
function Caller(): ReactNode {
  const session = useSession()
  const identity = useIdentity()
  if (identity)
    return (
      <>
        Calling with the token <code>{identity.token.slice(0, startLength)}…</code>, which may use{' '}
        <strong>{identity.scopes.join(', ') || 'no scope'}</strong>.
      </>
    )
  switch (session.status) {
    case 'unknown':
      return 'Looking for your session…'
    case 'signedIn':
      return (
        <>
          Signed in as <strong>{session.account.email}</strong>
        </>
      )
    case 'signedOut':
      return <>You are signed out: the schema can be read, tasks cannot. {signIn} to use them.</>
    case 'expired':
      return <>Your session expired. {signIn} to go on; what you typed is kept.</>
    case 'unreachable':
      return (
        <>
          Taskward cannot be reached.{' '}
          <button type="button" onClick={restoreSession}>
            Try again
          </button>
        </>
      )
  }
}
