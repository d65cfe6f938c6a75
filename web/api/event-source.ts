import type { ExecutionResult } from 'urql'
import { dropToken, heldToken, session, token } from '../session/session.ts'
import { readAnswers } from './event-stream.ts'
import type { ResumePoint } from './resume-point.ts'

type EventSourceOptions = {
  accountId: string
  /** The subscription, as it is sent: after a cursor, or from now on. */
  bodyAfter: (cursor: string | undefined) => string
  resumePoint: ResumePoint
  /** The page may be out of date: a stream begins without a cursor, or an event could not be delivered. */
  onGap: () => void
  onAnswer: (answer: ExecutionResult) => void
}

/**
 * When to reconnect after a stream has ended: immediately, after a backoff, at the earliest after
 * `waitMs`, or only after `nudge`.
 */
type Next = 'now' | 'later' | 'afterNudge' | { waitMs: number }

const minBackoffMs = 250
const maxBackoffMs = 10_000
/** Bounds for a wait until new points, which refill every minute, in case this clock is wrong. */
const minWaitMs = 1_000
const maxWaitMs = 60_000

/**
 * Keeps a subscription open while the account is signed in and the page is visible. A hidden page
 * closes it, because a browser allows only a few connections to one server.
 */
export function subscribeToEvents(options: EventSourceOptions) {
  let stream: AbortController | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let isBlocked = false // until a request shows that the session is valid
  let mayAskForToken = true
  let failures = 0

  function isNeeded(): boolean {
    const state = session.get()
    const isOwn = state.status === 'signedIn' && state.account.id === options.accountId
    return isOwn && document.visibilityState === 'visible'
  }

  async function open(): Promise<void> {
    clearTimeout(timer)
    if (stream || isBlocked || !isNeeded()) return
    const own = new AbortController()
    const since = Date.now()
    stream = own
    const next = await readOneStream({ ...options, mayAskForToken }, own.signal)
    if (stream !== own) return // closed by this page
    stream = undefined
    isBlocked = next === 'afterNudge'
    mayAskForToken = !isBlocked
    // A short-lived stream counts as a failure: a new one costs the server more than an event.
    failures = Date.now() - since < maxBackoffMs ? failures + 1 : 0
    const isDue = next === 'now' && failures === 0
    if (!isBlocked) timer = setTimeout(open, isDue ? 0 : minWaitBefore(next) + backoffMs(failures))
  }

  function close(): void {
    clearTimeout(timer)
    stream?.abort()
    stream = undefined
  }

  const openOrClose = () => (isNeeded() ? void open() : close())
  const nudge = () => {
    isBlocked = false
    openOrClose()
  }
  const unsubscribe = session.subscribe(nudge)
  document.addEventListener('visibilitychange', openOrClose)
  window.addEventListener('online', openOrClose)
  openOrClose()

  return {
    /** The server accepted a token, so a blocked subscription may reconnect. */
    nudge: () => {
      if (isBlocked) nudge()
    },
    stop() {
      unsubscribe()
      document.removeEventListener('visibilitychange', openOrClose)
      window.removeEventListener('online', openOrClose)
      close()
    },
  }
}

function minWaitBefore(next: Next): number {
  return typeof next === 'object' ? next.waitMs : 0
}

/** Exponential backoff with jitter, so that pages do not reconnect together after a restart. */
function backoffMs(failures: number): number {
  return Math.min(maxBackoffMs, minBackoffMs * 2 ** failures) * (0.5 + Math.random() / 2)
}

async function readOneStream(
  options: EventSourceOptions & { mayAskForToken: boolean },
  signal: AbortSignal,
): Promise<Next> {
  const { resumePoint } = options
  try {
    const jwt = await ownToken(options)
    if (jwt === undefined) return 'afterNudge'
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        'content-type': 'application/json',
        authorization: `Bearer ${jwt}`,
      },
      body: options.bodyAfter(resumePoint.cursor),
      signal,
    })
    if (response.status === 401) dropToken(jwt)
    if (response.status === 401) return 'afterNudge'
    if (!isStream(response) || !response.body) return retryAfter(response)
    if (resumePoint.begin()) options.onGap()
    const { reason, rateLimit, code } = await readToEnd(response.body, options)
    if (refusedCursor.includes(code)) {
      resumePoint.forget()
      return 'now'
    }
    if (reason === 'POINTS_SPENT') return waitFor(Date.parse(rateLimit?.resetAt ?? '') - Date.now())
    if (reason === 'TOKEN_EXPIRED' || reason === 'SESSION_ENDED') dropToken(jwt)
    if (reason === 'SESSION_ENDED') return 'afterNudge'
    return reason === 'TOKEN_EXPIRED' || reason === 'CHANGES_MISSED' ? 'now' : 'later'
  } catch {
    return 'later' // a network error or a restarting server; the page shows neither
  } finally {
    resumePoint.end()
  }
}

/** Respects Retry-After, which is in seconds. */
function retryAfter({ headers }: Response): Next {
  const seconds = Number(headers.get('retry-after'))
  return seconds > 0 ? waitFor(seconds * 1000) : 'later'
}

function waitFor(ms: number): Next {
  if (Number.isNaN(ms)) return { waitMs: maxWaitMs }
  return { waitMs: Math.min(maxWaitMs, Math.max(minWaitMs, ms)) }
}

/** Guards against a captive portal or proxy that answers HTML with status 200. */
function isStream({ ok, headers }: Response): boolean {
  return ok && headers.get('content-type')?.startsWith('text/event-stream') === true
}

/**
 * Prefers the token in memory. After a session has ended it requests none, because that would show
 * the sign-in dialog while a person types.
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

type StreamEnd = { reason?: unknown; code?: unknown; rateLimit?: { resetAt: string } }

/** Codes of a stream that does not begin, because of its cursor. */
const refusedCursor: unknown[] = ['CURSOR_EXPIRED', 'BAD_USER_INPUT']

/** Returns why the server ended the stream. No reason or code: the connection just closed. */
async function readToEnd(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  { onAnswer, onGap, resumePoint }: EventSourceOptions,
): Promise<StreamEnd> {
  for await (const answer of readAnswers(body)) {
    const [error] = answer.errors ?? []
    const end: StreamEnd = (error && 'extensions' in error && error.extensions) || {}
    if (end.reason !== undefined || refusedCursor.includes(end.code)) return end
    if (error) onGap()
    else {
      resumePoint.noteEvent(answer.data)
      onAnswer(answer)
    }
  }
  return {}
}
