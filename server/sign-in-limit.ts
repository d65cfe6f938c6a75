import { APIError } from 'better-auth/api'
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'

/** One try to sign in: from where, to which account. */
export type Attempt = { address: string; email: string }

/**
 * Slows the guessing of passwords. Counted per account and address, so that nobody can lock out
 * an account from elsewhere; and per address, so that one password cannot be tried on everybody.
 */
export function createSignInLimit() {
  const perAccount = new RateLimiterMemory({ points: 10, duration: 15 * 60 })
  const perAddress = new RateLimiterMemory({ points: 100, duration: 15 * 60 })
  const accountKey = ({ address, email }: Attempt) => `${address} ${email}`
  return {
    /** @throws APIError 429 when there were too many wrong guesses; says when to come back. */
    async check(attempt: Attempt): Promise<void> {
      refuseIfSpent(await perAccount.get(accountKey(attempt)))
      refuseIfSpent(await perAddress.get(attempt.address))
    },
    async countFailure(attempt: Attempt): Promise<void> {
      await perAccount.penalty(accountKey(attempt))
      await perAddress.penalty(attempt.address)
    },
    async forgive(attempt: Attempt): Promise<void> {
      await perAccount.delete(accountKey(attempt))
    },
  }
}

function refuseIfSpent(state: RateLimiterRes | null): void {
  if (!state || state.remainingPoints > 0) return
  const seconds = Math.ceil(state.msBeforeNext / 1000)
  throw new APIError(
    'TOO_MANY_REQUESTS',
    {
      code: 'RATE_LIMITED',
      message: `Too many wrong passwords. Try again in ${Math.ceil(seconds / 60)} minutes.`,
    },
    { 'Retry-After': String(seconds) },
  )
}
