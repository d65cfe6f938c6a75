/**
 * The session of this page, and the API token made from it.
 *
 * The session is a cookie that no script can read. The token is short-lived and stays in memory,
 * never in storage, a URL or the document. This file uses neither React nor GraphQL: the urql client
 * and the playground share it. Components read the state with `useSession()`.
 */
import { dropDraftsOf } from '../ui/drafts.ts'
import { type HeldToken, PageSession, type SessionState } from './page-session.ts'

export type { Account, AuthRefusal } from './auth-http.ts'
export { ServerUnreachable } from './auth-http.ts'
export type { HeldToken, SessionState } from './page-session.ts'
export { SessionEnded } from './session-ended.ts'

const page = new PageSession({
  now: Date.now,
  tabs: new BroadcastChannel('taskward:session'),
})

// The cookie may have changed while the page was hidden.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'visible') return
  page.markTokenStale()
  void page.resume()
})

/** Fits `useSyncExternalStore`. */
export const session = {
  get: (): SessionState => page.state,
  subscribe: (listener: () => void) => page.subscribe(listener),
}

export const restoreSession = () => page.restore()
export const refreshAccount = () => page.refreshAccount()
export const signUp: PageSession['signUp'] = (input) => page.signUp(input)
export const signIn: PageSession['signIn'] = (input) => page.signIn(input)
export const token = () => page.token()
export const heldToken = (): HeldToken | undefined => page.heldToken()
export const dropToken = (jwt: string) => page.dropToken(jwt)

/** Also drops the text that the account has typed and not saved. */
export async function signOut() {
  const { state } = page
  const refusal = await page.signOut()
  if (!refusal && 'account' in state) dropDraftsOf(state.account.id)
  return refusal
}
