import type { ExecutionResult } from 'urql'
import { dropToken, heldToken, session, token } from '../session/session.ts'
import { readAnswers } from './event-stream.ts'

type FollowOptions = {
  accountId: string
  /** The subscription, as it is sent. */
  body: string
  /** What is shown may be old: a stream begins, before which nothing was told, or a telling failed. */
  onGap: () => void
  onAnswer: (answer: ExecutionResult) => void
}

/**
 * What to do when a stream is over: open another one now, in a while, at the earliest after
 * `waitMs`, or only when `nudge` says so.
 */
type Next = 'now' | 'later' | 'whenNudged' | { waitMs: number }

const shortestPauseMs = 250
const maxPauseMs = 10_000
/** Points are counted by the minute. Bounds what a wrong clock of this machine makes of a time. */
const shortestWaitMs = 1_000
const maxWaitMs = 60_000

/**
 * Keeps a subscription going while the account is signed in and somebody looks at the page: a hidden
 * page would hold one of the few connections that a browser has for a server.
 */
export function follow(options: FollowOptions) {
  let stream: AbortController | undefined
  let pause: ReturnType<typeof setTimeout> | undefined
  let isUseless = false // until the session is known to be good
  let mayAskForToken = true
  let failures = 0

  function isWanted(): boolean {
    const state = session.get()
    const isOwn = state.status === 'signedIn' && state.account.id === options.accountId
    return isOwn && document.visibilityState === 'visible'
  }

  async function open(): Promise<void> {
    clearTimeout(pause)
    if (stream || isUseless || !isWanted()) return
    const own = new AbortController()
    const since = Date.now()
    stream = own
    const next = await followOnce({ ...options, mayAskForToken }, own.signal)
    if (stream !== own) return // closed by us
    stream = undefined
    isUseless = next === 'whenNudged'
    mayAskForToken = !isUseless
    // One that ends soon after it began is no better than none: it costs a look at everything.
    failures = Date.now() - since < maxPauseMs ? failures + 1 : 0
    const isDue = next === 'now' && failures === 0
    if (!isUseless) pause = setTimeout(open, isDue ? 0 : leastWaitMs(next) + pauseAfter(failures))
  }

  function close(): void {
    clearTimeout(pause)
    stream?.abort()
    stream = undefined
  }

  const adapt = () => (isWanted() ? void open() : close())
  const nudge = () => {
    isUseless = false
    adapt()
  }
  const unsubscribe = session.subscribe(nudge)
  document.addEventListener('visibilitychange', adapt)
  window.addEventListener('online', adapt)
  adapt()

  return {
    /** The server has accepted a token: what was useless without a session may be tried again. */
    nudge: () => {
      if (isUseless) nudge()
    },
    stop() {
      unsubscribe()
      document.removeEventListener('visibilitychange', adapt)
      window.removeEventListener('online', adapt)
      close()
    },
  }
}

function leastWaitMs(next: Next): number {
  return typeof next === 'object' ? next.waitMs : 0
}

/** Not all pages at once, should a server have gone that all of them followed. */
function pauseAfter(failures: number): number {
  return Math.min(maxPauseMs, shortestPauseMs * 2 ** failures) * (0.5 + Math.random() / 2)
}

async function followOnce(
  options: FollowOptions & { mayAskForToken: boolean },
  signal: AbortSignal,
): Promise<Next> {
  try {
    const jwt = await ownToken(options)
    if (jwt === undefined) return 'whenNudged'
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        'content-type': 'application/json',
        authorization: `Bearer ${jwt}`,
      },
      body: options.body,
      signal,
    })
    if (response.status === 401) dropToken(jwt)
    if (response.status === 401) return 'whenNudged'
    if (!isStream(response) || !response.body) return laterBy(response)
    options.onGap()
    const { reason, rateLimit } = await readToItsEnd(response.body, options)
    if (reason === 'POINTS_SPENT') return waitFor(Date.parse(rateLimit?.resetAt ?? '') - Date.now())
    if (reason === 'TOKEN_EXPIRED' || reason === 'SESSION_ENDED') dropToken(jwt)
    if (reason === 'SESSION_ENDED') return 'whenNudged'
    return reason === 'TOKEN_EXPIRED' || reason === 'CHANGES_MISSED' ? 'now' : 'later'
  } catch {
    return 'later' // the network, or a server that restarts: nothing that a person should hear of
  }
}

/** What the server asks for in Retry-After, in seconds. */
function laterBy({ headers }: Response): Next {
  const seconds = Number(headers.get('retry-after'))
  return seconds > 0 ? waitFor(seconds * 1000) : 'later'
}

function waitFor(ms: number): Next {
  if (Number.isNaN(ms)) return { waitMs: maxWaitMs }
  return { waitMs: Math.min(maxWaitMs, Math.max(shortestWaitMs, ms)) }
}

/** And no page of somebody in between, who may be in the way. */
function isStream({ ok, headers }: Response): boolean {
  return ok && headers.get('content-type')?.startsWith('text/event-stream') === true
}

/**
 * One that is held is good enough. Once a session has ended none is asked for: that it has, people
 * find out when they do something, and not while they type.
 */
async function ownToken({
  accountId,
  mayAskForToken,
}: {
  accountId: string
  mayAskForToken: boolean
}) {
  if (!heldToken() && mayAskForToken) await token()
  const held = heldToken()
  return held?.accountId === accountId ? held.jwt : undefined
}

type Ending = { reason?: unknown; rateLimit?: { resetAt: string } }

/** Answers why the server has ended it; no reason: it did not say. */
async function readToItsEnd(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  { onAnswer, onGap }: FollowOptions,
): Promise<Ending> {
  for await (const answer of readAnswers(body)) {
    const [error] = answer.errors ?? []
    const ending: Ending = (error && 'extensions' in error && error.extensions) || {}
    if (ending.reason !== undefined) return ending
    if (error) onGap()
    else onAnswer(answer)
  }
  return {}
}
