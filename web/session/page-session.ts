import { createSignal } from '../ui/signal.ts'
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
import { cookieNotKept, refusalOf, tokenUnavailable, unreachable } from './auth-refusal.ts'

/**
 * - `unknown`: not requested yet; show nothing that depends on it.
 * - `unreachable`: the server did not answer; offer `restore()` again.
 * - `signedOut`: there is no session, or the user ended it, here or in another tab.
 * - `expired`: the session of `account` ended while the page was in use; keep what was typed.
 */
export type SessionState =
  | { status: 'unknown' }
  | { status: 'unreachable' }
  | { status: 'signedOut' }
  | { status: 'expired'; account: Account }
  | { status: 'signedIn'; account: Account }

/** `accountId`: the token's account; never use it for another. `fresh`: not yet due for renewal. */
export type HeldToken = { jwt: string; accountId: string; fresh: boolean }

/** Sent between the tabs of one browser. It contains the account, never the token. */
type TabMessage = { kind: 'signedIn'; account: Account } | { kind: 'signedOut' }

type PageSessionOptions = { now: () => number; tabs: BroadcastChannel }

/** Renews the token this long before it expires, or a fifth of its lifetime if that is less. */
const renewalMarginMs = 60_000

/** The session of one page, and the API token made from it. */
export class PageSession {
  #state: SessionState = { status: 'unknown' }
  #held: { jwt: string; accountId: string; renewAt: number; expiresAt: number } | undefined
  #renewal: Promise<string | undefined> | undefined
  #restoration: Promise<SessionState> | undefined
  /** Counts changes of account, so that responses to earlier requests are ignored. */
  #epoch = 0
  readonly #changed = createSignal()
  readonly #now: () => number
  readonly #tabs: BroadcastChannel

  constructor({ now, tabs }: PageSessionOptions) {
    this.#now = now
    this.#tabs = tabs
    tabs.addEventListener('message', ({ data }: MessageEvent<TabMessage>) => this.#receive(data))
  }

  get state(): SessionState {
    return this.#state
  }

  subscribe(listener: () => void): () => void {
    return this.#changed.subscribe(listener)
  }

  /** Reads the account of the cookie, then requests a token. May be called again after `unreachable`. Never rejects. */
  restore(): Promise<SessionState> {
    this.#restoration ??= this.#restore().finally(() => {
      this.#restoration = undefined
    })
    return this.#restoration
  }

  async #restore(): Promise<SessionState> {
    const epoch = this.#epoch
    try {
      const account = await fetchAccount()
      if (epoch !== this.#epoch) return this.#state
      if (account) await this.#renew(account)
      else this.#startOver({ status: 'signedOut' })
    } catch (error) {
      if (!(error instanceof ServerUnreachable)) throw error
      if (epoch === this.#epoch) this.#become({ status: 'unreachable' })
    }
    return this.#state
  }

  /**
   * If the session is over, continues with one that was opened in another tab, such as by the OpenID
   * provider. Never rejects.
   */
  async resume(): Promise<void> {
    const epoch = this.#epoch
    if (this.#state.status !== 'expired') return
    try {
      const account = await fetchAccount()
      if (account && epoch === this.#epoch) await this.#renew(account)
    } catch (error) {
      if (!(error instanceof ServerUnreachable)) throw error
    }
  }

  /** Reads the account again, after its name or address has changed. Never rejects. */
  async refreshAccount(): Promise<void> {
    const epoch = this.#epoch
    try {
      const account = await fetchAccount()
      if (!account || epoch !== this.#epoch || !this.#isSignedInAs(account)) return
      this.#become({ status: 'signedIn', account })
      this.#broadcast({ kind: 'signedIn', account })
    } catch (error) {
      if (!(error instanceof ServerUnreachable)) throw error
    }
  }

  signUp(input: { name: string; email: string; password: string; invitation?: string }) {
    return this.#enter('/sign-up/email', input)
  }

  signIn(input: { email: string; password: string }) {
    return this.#enter('/sign-in/email', input)
  }

  async #enter(path: string, input: object): Promise<AuthRefusal | undefined> {
    try {
      const response = await requestAuth(path, input)
      if (!response.ok) return await refusalOf(response)
      const account = accountIn(await bodyOf(response))
      return account ? await this.#begin(account) : unreachable
    } catch (error) {
      if (error instanceof ServerUnreachable) return unreachable
      throw error
    }
  }

  /** Signed in means that the session gives a token; otherwise it is ended again. */
  async #begin(account: Account): Promise<AuthRefusal | undefined> {
    this.#forget()
    let refusal = cookieNotKept
    const jwt = await this.#renew(account).catch((error: unknown) => {
      if (!(error instanceof ServerUnreachable)) throw error
      refusal = tokenUnavailable
    })
    if (jwt) {
      this.#broadcast({ kind: 'signedIn', account })
      return undefined
    }
    await requestAuth('/sign-out', {}).catch(() => undefined)
    return refusal
  }

  async signOut(): Promise<AuthRefusal | undefined> {
    try {
      const response = await requestAuth('/sign-out', {})
      if (!response.ok && response.status !== 401) return await refusalOf(response)
    } catch (error) {
      if (error instanceof ServerUnreachable) return unreachable
      throw error
    }
    this.#startOver({ status: 'signedOut' })
    this.#broadcast({ kind: 'signedOut' })
    return undefined
  }

  /**
   * The API token, renewed from the session cookie before it expires, once for all waiting callers.
   * Undefined: there is no session.
   * @throws ServerUnreachable when it must be renewed and the server does not answer.
   */
  async token(): Promise<string | undefined> {
    if (this.#state.status === 'unknown' || this.#state.status === 'unreachable') {
      await this.restore()
    }
    if (this.#state.status === 'unreachable') throw new ServerUnreachable()
    if (this.#held && this.#now() < this.#held.renewAt) return this.#held.jwt
    if (this.#state.status !== 'signedIn') return undefined
    this.#renewal ??= this.#renewOnce(this.#state.account)
    return this.#renewal
  }

  /** The token in memory, for callers that cannot wait. Undefined: none, or it has expired. */
  heldToken(): HeldToken | undefined {
    const [held, now] = [this.#held, this.#now()]
    if (!held || now >= held.expiresAt) return undefined
    return { jwt: held.jwt, accountId: held.accountId, fresh: now < held.renewAt }
  }

  /** Call when the API refuses this token. Keeps a newer one. */
  dropToken(jwt: string): void {
    if (this.#held?.jwt === jwt) this.#held = undefined
  }

  /** Makes the next call renew the token: the cookie may have changed while the page was hidden. */
  markTokenStale(): void {
    if (this.#held) this.#held.renewAt = this.#now()
  }

  async #renewOnce(account: Account): Promise<string | undefined> {
    const epoch = this.#epoch
    try {
      return await this.#renew(account)
    } catch (error) {
      // The current token may be valid for the rest of the margin.
      const held = epoch === this.#epoch ? this.heldToken() : undefined
      if (held) return held.jwt
      throw error
    } finally {
      if (epoch === this.#epoch) this.#renewal = undefined
    }
  }

  /** Requests a token. The response also shows that the session has ended or changed its account. */
  async #renew(expected: Account): Promise<string | undefined> {
    const [epoch, askedAt] = [this.#epoch, this.#now()]
    const jwt = await fetchToken()
    if (epoch !== this.#epoch) return this.token()
    if (!jwt) return this.#end()
    const { accountId, lifetimeMs } = readToken(jwt)
    const account = accountId === expected.id ? expected : await fetchAccount()
    if (epoch !== this.#epoch) return this.token()
    if (account?.id !== accountId) throw new ServerUnreachable('The session is changing.')
    // Counted from before the request, and from the lifetime only, so that a wrong clock does no harm.
    const expiresAt = askedAt + lifetimeMs
    const renewAt = expiresAt - Math.min(renewalMarginMs, lifetimeMs / 5)
    this.#held = { jwt, accountId, renewAt, expiresAt }
    if (!this.#isSignedInAs(account)) this.#become({ status: 'signedIn', account })
    return jwt
  }

  #isSignedInAs({ id }: Account): boolean {
    return this.#state.status === 'signedIn' && this.#state.account.id === id
  }

  /** The session ended without a sign-out on this page. */
  #end(): undefined {
    const state = this.#state
    this.#startOver(
      'account' in state ? { status: 'expired', account: state.account } : { status: 'signedOut' },
    )
  }

  /** Ignores the responses to earlier requests from now on. */
  #startOver(next: SessionState): void {
    this.#forget()
    this.#become(next)
  }

  #forget(): void {
    this.#epoch += 1
    this.#held = undefined
    this.#renewal = undefined
  }

  #become(next: SessionState): void {
    this.#state = next
    this.#changed.emit()
  }

  #broadcast(message: TabMessage): void {
    this.#tabs.postMessage(message)
  }

  #receive(message: TabMessage): void {
    if (message.kind === 'signedOut') this.#startOver({ status: 'signedOut' })
    else if (this.#isSignedInAs(message.account)) {
      this.#become({ status: 'signedIn', account: message.account }) // its name may be another one
    } else this.#startOver({ status: 'signedIn', account: message.account })
  }
}
