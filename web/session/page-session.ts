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
import { refusalOf, tokenUnavailable, unreachable } from './auth-refusal.ts'

/**
 * - `unknown`: not asked yet; show nothing that depends on it.
 * - `unreachable`: asked, and the server did not answer; offer `restore()` again.
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

/** What the tabs of one browser tell each other. It names the account, never the token. */
type TabMessage = { kind: 'signedIn'; account: Account } | { kind: 'signedOut' }

type PageSessionOptions = { now: () => number; tabs: BroadcastChannel }

const renewalMarginMs = 60_000

/** The session that one page lives in, and the token that follows from it. */
export class PageSession {
  #state: SessionState = { status: 'unknown' }
  #held: { jwt: string; accountId: string; renewAt: number; expiresAt: number } | undefined
  #renewal: Promise<string | undefined> | undefined
  #restoration: Promise<SessionState> | undefined
  /** Counts changes of account: an answer to a question from before one is not believed. */
  #epoch = 0
  readonly #changed = createSignal()
  readonly #now: () => number
  readonly #tabs: BroadcastChannel

  constructor({ now, tabs }: PageSessionOptions) {
    this.#now = now
    this.#tabs = tabs
    tabs.addEventListener('message', ({ data }: MessageEvent<TabMessage>) => this.#hear(data))
  }

  get state(): SessionState {
    return this.#state
  }

  subscribe(listener: () => void): () => void {
    return this.#changed.subscribe(listener)
  }

  /** Cookie, account, token; again when that ended `unreachable`. Never rejects. */
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

  signUp(input: { name: string; email: string; password: string }) {
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

  /** Only a session that gives a token counts as signed in; one that does not is ended again. */
  async #begin(account: Account): Promise<AuthRefusal | undefined> {
    this.#forget()
    const jwt = await this.#renew(account).catch((error: unknown) => {
      if (!(error instanceof ServerUnreachable)) throw error
    })
    if (jwt) {
      this.#tell({ kind: 'signedIn', account })
      return undefined
    }
    await requestAuth('/sign-out', {}).catch(() => undefined)
    return tokenUnavailable
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
    this.#tell({ kind: 'signedOut' })
    return undefined
  }

  /**
   * The API token, renewed from the session cookie a while before it expires: one renewal, however
   * many wait. Undefined: there is no session.
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

  /** The API refused this token. A newer one that is already held stays. */
  dropToken(jwt: string): void {
    if (this.#held?.jwt === jwt) this.#held = undefined
  }

  /** Lets the next call ask the cookie again: it may have changed while nobody looked. */
  doubtToken(): void {
    if (this.#held) this.#held.renewAt = this.#now()
  }

  async #renewOnce(account: Account): Promise<string | undefined> {
    const epoch = this.#epoch
    try {
      return await this.#renew(account)
    } catch (error) {
      // What is held may still be good for the rest of the margin.
      const held = epoch === this.#epoch ? this.heldToken() : undefined
      if (held) return held.jwt
      throw error
    } finally {
      if (epoch === this.#epoch) this.#renewal = undefined
    }
  }

  /** One question for a token; its answer also tells that the session is gone, or is another's. */
  async #renew(expected: Account): Promise<string | undefined> {
    const [epoch, askedAt] = [this.#epoch, this.#now()]
    const jwt = await fetchToken()
    if (epoch !== this.#epoch) return this.token()
    if (!jwt) return this.#end()
    const { accountId, lifetimeMs } = readToken(jwt)
    const account = accountId === expected.id ? expected : await fetchAccount()
    if (epoch !== this.#epoch) return this.token()
    if (account?.id !== accountId) throw new ServerUnreachable('The session is changing.')
    // From before the question, and by differences only: a wrong clock does no harm.
    const expiresAt = askedAt + lifetimeMs
    const renewAt = expiresAt - Math.min(renewalMarginMs, lifetimeMs / 5)
    this.#held = { jwt, accountId, renewAt, expiresAt }
    if (!this.#isSignedInAs(account)) this.#become({ status: 'signedIn', account })
    return jwt
  }

  #isSignedInAs({ id }: Account): boolean {
    return this.#state.status === 'signedIn' && this.#state.account.id === id
  }

  /** The session is gone, and nobody here has ended it. */
  #end(): undefined {
    const state = this.#state
    this.#startOver(
      state.status === 'signedIn'
        ? { status: 'expired', account: state.account }
        : { status: 'signedOut' },
    )
  }

  /** Nothing that was asked for before is believed any more. */
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

  #tell(message: TabMessage): void {
    this.#tabs.postMessage(message)
  }

  #hear(message: TabMessage): void {
    if (message.kind === 'signedOut') this.#startOver({ status: 'signedOut' })
    else if (!this.#isSignedInAs(message.account)) {
      this.#startOver({ status: 'signedIn', account: message.account })
    }
  }
}
