/**
 * The session of this page, and the API token that follows from it.
 *
 * The session is a cookie that no script can read; the token is short-lived and stays in memory,
 * never in storage, a URL or the document. No React and no GraphQL here: the urql client and the
 * playground both use this file as it is. Components read the state with `useSession()`.
 */
import { type HeldToken, PageSession, type SessionState } from './page-session.ts'

export type { Account, AuthRefusal } from './auth-http.ts'
export { ServerUnreachable } from './auth-http.ts'
export type { HeldToken, SessionState } from './page-session.ts'

const page = new PageSession({
  now: Date.now,
  tabs: new BroadcastChannel('taskward:session'),
})

// The cookie may have changed while the page was hidden: the next call finds out.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') page.doubtToken()
})

/** Fits `useSyncExternalStore`. */
export const session = {
  get: (): SessionState => page.state,
  subscribe: (listener: () => void) => page.subscribe(listener),
}

export const restoreSession = () => page.restore()
export const signUp: PageSession['signUp'] = (input) => page.signUp(input)
export const signIn: PageSession['signIn'] = (input) => page.signIn(input)
export const signOut = () => page.signOut()
export const token = () => page.token()
export const heldToken = (): HeldToken | undefined => page.heldToken()
export const dropToken = (jwt: string) => page.dropToken(jwt)

/** Thrown to whoever needs a token when there is no session of that account to make one from. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded'
  constructor() {
    super('The session has ended.')
  }
}
