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
    /**
     * Counts the attempt before its outcome is known, or many at once would all get past the count.
     * @throws APIError 429 when there were too many wrong guesses; says when to come back.
     */
    async spend(attempt: Attempt): Promise<void> {
      await perAccount.consume(accountKey(attempt)).catch(refuse)
      await perAddress.consume(attempt.address).catch(refuse)
    },
    /** The password was right. */
    async forgive(attempt: Attempt): Promise<void> {
      await perAccount.delete(accountKey(attempt))
      await perAddress.reward(attempt.address)
    },
  }
}

function refuse({ msBeforeNext }: RateLimiterRes): never {
  const seconds = Math.ceil(msBeforeNext / 1000)
  throw new APIError(
    'TOO_MANY_REQUESTS',
    {
      code: 'RATE_LIMITED',
      message: `Too many wrong passwords. Try again in ${Math.ceil(seconds / 60)} minutes.`,
    },
    { 'Retry-After': String(seconds) },
  )
}
