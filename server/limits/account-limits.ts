import { createHash } from 'node:crypto'
import { APIError } from 'better-auth/api'
import type { Pool } from 'pg'
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { rateLimitTable } from '#db/rate-limits.ts'
import { countedAs } from './client-address.ts'

/** One try of a password: from where, for which account. */
export type Attempt = { address: string; email: string }

const minute = 60
const hour = 60 * minute
const day = 24 * hour

export type SignInLimit = ReturnType<typeof createSignInLimit>

/**
 * Slows the guessing of passwords; counted in the database, so it holds for all instances together.
 * An account is guarded against each address, and more slowly against all of them. Where its owner
 * has signed in before, only the first counts: nobody elsewhere, and nobody who guesses at other
 * accounts from there, can lock the owner out.
 */
export function createSignInLimit(pool: Pool) {
  const perPair = limiter(pool, 'guess-pair', 10, 15 * minute, true)
  const perAddress = limiter(pool, 'guess-address', 100, 15 * minute)
  const perAccount = limiter(pool, 'guess-account', 100, hour)
  const known = limiter(pool, 'known-pair', 1, 90 * day)

  const isKnown = async (attempt: Attempt) => (await known.get(pairOf(attempt))) !== null

  async function refundOthers(attempt: Attempt): Promise<void> {
    if (await isKnown(attempt)) return
    await perAddress.reward(addressOf(attempt))
    await perAccount.reward(accountOf(attempt))
  }

  return {
    /**
     * Counts the attempt before its outcome is known, or many at once would all get past the count.
     * @throws APIError 429 when there were too many wrong guesses; says when to come back.
     */
    async spend(attempt: Attempt): Promise<void> {
      await consume(perPair, pairOf(attempt), wrongPasswords)
      if (await isKnown(attempt)) return
      await consume(perAddress, addressOf(attempt), wrongPasswords)
      await consume(perAccount, accountOf(attempt), wrongPasswords)
    },

    /** The password was right. */
    async forgive(attempt: Attempt): Promise<void> {
      await perPair.delete(pairOf(attempt))
      await refundOthers(attempt)
      await this.remember(attempt)
    },

    /** The password was not looked at: the attempt does not count. */
    async refund(attempt: Attempt): Promise<void> {
      await perPair.reward(pairOf(attempt))
      await refundOthers(attempt)
    },

    /** From this address the account's owner has been heard. */
    async remember(attempt: Attempt): Promise<void> {
      await known.set(pairOf(attempt), 1, 90 * day)
    },
  }
}

/**
 * Bounds how many accounts are made from one address.
 * @returns what counts one more: it throws APIError 429 when there were too many.
 */
export function createSignUpLimit(
  pool: Pool,
  signUpsPerHour: number,
): (address: string) => Promise<void> {
  if (signUpsPerHour === 0) return async () => {}
  const perAddress = limiter(pool, 'sign-up', signUpsPerHour, hour)
  return (address) => consume(perAddress, digest(countedAs(address)), manyAccounts)
}

/**
 * Bounds how many apps register themselves from one address: anybody may, and each leaves a row.
 * @returns what counts one more: it throws APIError 429 when there were too many.
 */
export function createRegistrationLimit(pool: Pool): (address: string) => Promise<void> {
  const perAddress = limiter(pool, 'registration', registrationsPerHour, hour)
  return (address) => consume(perAddress, digest(countedAs(address)), manyRegistrations)
}

/**
 * Bounds how often an account makes an access token: each that is revoked is remembered for a while.
 * @returns what counts one more: it throws APIError 429 when there were too many.
 */
export function createAccessTokenLimit(pool: Pool): (ownerId: string) => Promise<void> {
  const perOwner = limiter(pool, 'access-token', accessTokensPerHour, hour)
  return (ownerId) => consume(perOwner, digest(ownerId), manyAccessTokens)
}

const registrationsPerHour = 500
const accessTokensPerHour = 200
const wrongPasswords = 'Too many wrong passwords.'
const manyAccounts = 'Too many accounts were made from your address.'
const manyRegistrations = 'Too many apps were registered from your address.'
const manyAccessTokens = 'Too many access tokens were made for this account.'

/** The database need not know whose account, and from where. */
const digest = (text: string) => createHash('sha256').update(text).digest('base64url')
const pairOf = ({ address, email }: Attempt) => digest(`${countedAs(address)} ${email}`)
const addressOf = ({ address }: Attempt) => digest(countedAs(address))
const accountOf = ({ email }: Attempt) => digest(email)

/** One of them clears away, every few minutes, what has expired in the table that all share. */
function limiter(pool: Pool, keyPrefix: string, points: number, duration: number, clears = false) {
  return new RateLimiterPostgres({
    storeClient: pool,
    storeType: 'pool',
    tableName: rateLimitTable,
    tableCreated: true,
    clearExpiredByTimeout: clears,
    keyPrefix,
    points,
    duration,
    // Past the limit nothing is written: the end of the window is known, and remembered here.
    inMemoryBlockOnConsumed: points + 1,
  })
}

async function consume(limit: RateLimiterPostgres, key: string, reason: string): Promise<void> {
  try {
    await limit.consume(key)
  } catch (error) {
    if (error instanceof RateLimiterRes) throw tooMany(reason, error)
    throw error
  }
}

function tooMany(reason: string, { msBeforeNext }: RateLimiterRes): APIError {
  const seconds = Math.ceil(msBeforeNext / 1000)
  const message = `${reason} Try again in ${Math.ceil(seconds / 60)} minutes.`
  const headers = { 'Retry-After': String(seconds) }
  return new APIError('TOO_MANY_REQUESTS', { code: 'RATE_LIMITED', message }, headers)
}
