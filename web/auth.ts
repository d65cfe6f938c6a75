/**
 * What the page knows of its session, and the API token that follows from it.
 *
 * The session is a cookie that no script can read; the token is short-lived and stays in memory,
 * never in storage, a URL or the document. No React and no GraphQL here: the urql client and the
 * playground both use this file as it is. Components read the state with `useSession()`.
 */
import {
  type Account,
  type AuthRefusal,
  accountIn,
  bodyOf,
  fetchAccount,
  fetchToken,
  readToken,
  requestAuth,
  ServerUnreachable,
} from './auth-http.ts'
import { refusalOf, tokenUnavailable, unreachable } from './auth-refusal.ts'

export type { Account, AuthRefusal } from './auth-http.ts'
export { ServerUnreachable } from './auth-http.ts'

/**
 * - `unknown`: not asked yet; show nothing that depends on it.
 * - `unreachable`: asked, and the server did not answer; offer `restoreSession()` again.
 * - `signedOut`: there is no session, or it was ended on purpose, here or in another tab.
 * - `expired`: the session of `account` ended under our hands; keep what was typed.
 */
export type SessionState =
  | { status: 'unknown' }
  | { status: 'unreachable' }
  | { status: 'signedOut' }
  | { status: 'expired'; account: Account }
  | { status: 'signedIn'; account: Account }

/** `accountId`: whose it is; never send it in the name of another. `fresh`: not yet due for renewal. */
export type HeldToken = { jwt: string; accountId: string; fresh: boolean }

/** Thrown to whoever needs a token when there is no session of that account to make one from. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded'
  constructor() {
    super('The session has ended.')
  }
}

/** What the tabs of one browser tell each other. It names the account, never the token. */
type TabMessage = { kind: 'signedIn'; account: Account } | { kind: 'signedOut' }

const RENEWAL_MARGIN_MS = 60_000

/** The session of one page. The page's own is below; a test makes more, with a clock of its own. */
export function createAuth({ now, tabs }: { now: () => number; tabs: BroadcastChannel }) {
  let state: SessionState = { status: 'unknown' }
  let held: { jwt: string; accountId: string; renewAt: number; expiresAt: number } | undefined
  let renewal: Promise<string | undefined> | undefined
  let restoration: Promise<SessionState> | undefined
  /** Counts changes of account: an answer to a question from before one is not believed. */
  let epoch = 0
  const listeners = new Set<() => void>()

  function become(next: SessionState): void {
    state = next
    for (const listener of listeners) listener()
  }

  function forgetAccount(): void {
    epoch += 1
    held = undefined
    renewal = undefined
  }

  function leave(): void {
    forgetAccount()
    become({ status: 'signedOut' })
  }

  /** One question for a token; its answer also tells that the session is gone, or is another's. */
  async function renew(expected: Account): Promise<string | undefined> {
    const [askedIn, askedAt] = [epoch, now()]
    const jwt = await fetchToken()
    if (askedIn !== epoch) return token()
    if (!jwt) {
      const gone: SessionState =
        state.status === 'signedIn'
          ? { status: 'expired', account: state.account }
          : { status: 'signedOut' }
      forgetAccount()
      become(gone)
      return undefined
    }
    const { accountId, lifetimeMs } = readToken(jwt)
    const account = accountId === expected.id ? expected : await fetchAccount()
    if (askedIn !== epoch) return token()
    if (account?.id !== accountId) throw new ServerUnreachable('The session is changing.')
    // From before the question, and by differences only: a wrong clock does no harm.
    const expiresAt = askedAt + lifetimeMs
    const renewAt = expiresAt - Math.min(RENEWAL_MARGIN_MS, lifetimeMs / 5)
    held = { jwt, accountId, renewAt, expiresAt }
    if (state.status !== 'signedIn' || state.account !== account) {
      become({ status: 'signedIn', account })
    }
    return jwt
  }

  async function restore(): Promise<SessionState> {
    const askedIn = epoch
    try {
      const account = await fetchAccount()
      if (askedIn !== epoch) return state
      if (account) await renew(account)
      else leave()
    } catch (error) {
      if (!(error instanceof ServerUnreachable)) throw error
      if (askedIn === epoch) become({ status: 'unreachable' })
    }
    return state
  }

  /** At page load, and again when that ended `unreachable`: cookie, token, account. Never rejects. */
  function restoreSession(): Promise<SessionState> {
    restoration ??= restore().finally(() => {
      restoration = undefined
    })
    return restoration
  }

  /**
   * The API token, renewed from the session cookie a while before it expires: one renewal, however
   * many wait. Undefined: there is no session.
   * @throws ServerUnreachable when it must be renewed and the server does not answer.
   */
  async function token(): Promise<string | undefined> {
    if (state.status === 'unknown' || state.status === 'unreachable') await restoreSession()
    if (state.status === 'unreachable') throw new ServerUnreachable()
    if (held && now() < held.renewAt) return held.jwt
    if (state.status !== 'signedIn') return undefined
    renewal ??= renewOnce(state.account)
    return renewal
  }

  async function renewOnce(account: Account): Promise<string | undefined> {
    const startedIn = epoch
    try {
      return await renew(account)
    } catch (error) {
      // What is held may still be good for the rest of the margin.
      if (startedIn === epoch && held && now() < held.expiresAt) return held.jwt
      throw error
    } finally {
      if (startedIn === epoch) renewal = undefined
    }
  }

  /** The token in memory, for callers that cannot wait. Undefined: none, or it has expired. */
  function heldToken(): HeldToken | undefined {
    if (!held || now() >= held.expiresAt) return undefined
    return { jwt: held.jwt, accountId: held.accountId, fresh: now() < held.renewAt }
  }

  /** The API refused this token. A newer one that is already held stays. */
  function dropToken(jwt: string): void {
    if (held?.jwt === jwt) held = undefined
  }

  /** Lets the next call ask the cookie again: it may have changed while nobody looked. */
  function doubtToken(): void {
    if (held) held.renewAt = now()
  }

  async function enter(path: string, input: object): Promise<AuthRefusal | undefined> {
    try {
      const response = await requestAuth(path, input)
      if (!response.ok) return refusalOf(response)
      const account = accountIn(await bodyOf(response))
      if (account) return await begin(account)
      return unreachable
    } catch (error) {
      if (error instanceof ServerUnreachable) return unreachable
      throw error
    }
  }

  /** Only a session that gives a token counts as signed in; one that does not is ended again. */
  async function begin(account: Account): Promise<AuthRefusal | undefined> {
    forgetAccount()
    const jwt = await renew(account).catch((error: unknown) => {
      if (!(error instanceof ServerUnreachable)) throw error
    })
    if (!jwt) {
      await requestAuth('/sign-out', {}).catch(() => undefined)
      return tokenUnavailable
    }
    tell({ kind: 'signedIn', account })
    return undefined
  }

  async function signOut(): Promise<AuthRefusal | undefined> {
    try {
      const response = await requestAuth('/sign-out', {})
      if (!response.ok && response.status !== 401) return refusalOf(response)
    } catch (error) {
      if (error instanceof ServerUnreachable) return unreachable
      throw error
    }
    leave()
    tell({ kind: 'signedOut' })
    return undefined
  }

  function tell(message: TabMessage): void {
    tabs.postMessage(message)
  }

  tabs.addEventListener('message', ({ data: message }: MessageEvent<TabMessage>) => {
    if (message.kind === 'signedOut') return leave()
    const { account } = message
    if (state.status === 'signedIn' && state.account.id === account.id) return
    forgetAccount()
    become({ status: 'signedIn', account })
  })

  return {
    session: {
      get: (): SessionState => state,
      subscribe(listener: () => void): () => void {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    restoreSession,
    signUp: (input: { name: string; email: string; password: string }) =>
      enter('/sign-up/email', input),
    signIn: (input: { email: string; password: string }) => enter('/sign-in/email', input),
    signOut,
    token,
    heldToken,
    dropToken,
    doubtToken,
  }
}

export const {
  session,
  restoreSession,
  signUp,
  signIn,
  signOut,
  token,
  heldToken,
  dropToken,
  doubtToken,
} = createAuth({ now: Date.now, tabs: new BroadcastChannel('taskward:session') })

// The cookie may have changed while the page was hidden: the next call finds out.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') doubtToken()
})
