import { addressHeader } from '../http/origin-headers.ts'
import { answerAuth, Refusal } from '../http/refusals.ts'
import type { Budget } from './budget.ts'
import { countedAs } from './client-address.ts'

/** For one address. A page uses 3 to load and 1 every 15 minutes; a sign-in uses 20. */
export const authPointsPerMinute = 20_000

/** The page calls these each time it is opened. They read one or two rows. */
const cheapRoutes = ['get-session', 'token', 'jwks']
const cheapPoints = 1
const otherPoints = 5
/** They hash a password, which takes about 80 ms of CPU time. */
const passwordRoutes = [
  ...['sign-up/email', 'sign-in/email', 'change-password', 'delete-user', 'verify-password'],
  ...['access-token/create', 'link-social', 'change-email', 'reset-password'],
]
const passwordPoints = 20

/**
 * Charges a request at /api/auth to its address.
 * @returns the refusal, in the format of Better Auth, when the points of the minute are spent.
 * Undefined: the request may continue.
 */
export async function chargeAuthRequest(
  budget: Budget,
  { url, headers }: Request,
): Promise<Response | undefined> {
  const route = new URL(url).pathname.slice('/api/auth/'.length)
  const caller = `auth ${countedAs(headers.get(addressHeader) ?? '')}`
  const { isEnough, limit, remaining, resetSeconds } = budget.spend(caller, pointsOfRoute(route))
  if (isEnough) return undefined
  const message = `Your address has spent the ${limit} points of this minute at /api/auth. Try again in ${resetSeconds} seconds.`
  const rateLimit = {
    'Retry-After': String(resetSeconds),
    'RateLimit-Limit': String(limit),
    'RateLimit-Remaining': String(remaining),
    'RateLimit-Reset': String(resetSeconds),
  }
  return answerAuth(new Refusal({ code: 'RATE_LIMITED', message, status: 429, headers: rateLimit }))
}

function pointsOfRoute(route: string): number {
  if (cheapRoutes.includes(route)) return cheapPoints
  return passwordRoutes.includes(route) ? passwordPoints : otherPoints
}
