import { createHash } from 'node:crypto'
import { APIError } from 'better-auth/api'
import type { Pool } from 'pg'
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { rateLimitTable } from '#db/rate-limits.ts'
import { countedAs } from './client-address.ts'

/** One attempt to use a password: the client address, and the e-mail address of the account. */
export type Attempt = { address: string; email: string }

const minute = 60 // seconds
const hour = 60 * minute
const day = 24 * hour

export type SignInLimit = ReturnType<typeof createSignInLimit>

/**
 * Limits failed sign-ins. Counted in the database, so all instances share the limits:
 *
 * - 10 in 15 minutes for one account from one address,
 * - 100 in 15 minutes from one address,
 * - 100 in an hour for one account.
 *
 * Only the first applies at an address where the owner has signed in before. Otherwise a client at
 * another address, or one that guesses other passwords from the same address, could lock the owner
 * out.
 */
export function createSignInLimit(pool: Pool) {
  const perPair = limiter(pool, 'guess-pair', 10, 15 * minute, true)
  const perAddress = limiter(pool, 'guess-address', 100, 15 * minute)
  const perAccount = limiter(pool, 'guess-account', 100, hour)
  const known = limiter(pool, 'known-pair', 1, 90 * day)

  const isKnown = async (attempt: Attempt) => (await known.get(pairKey(attempt))) !== null

  async function refundOthers(attempt: Attempt): Promise<void> {
    if (await isKnown(attempt)) return
    await perAddress.reward(addressKey(attempt))
    await perAccount.reward(accountKey(attempt))
  }

  return {
    /**
     * Counts the attempt before the password is checked, so that concurrent attempts cannot pass
     * the limit together.
     * @throws APIError 429 with Retry-After when there were too many wrong passwords.
     */
    async spend(attempt: Attempt): Promise<void> {
      await consume(perPair, pairKey(attempt), wrongPasswords)
      if (await isKnown(attempt)) return
      await consume(perAddress, addressKey(attempt), wrongPasswords)
      await consume(perAccount, accountKey(attempt), wrongPasswords)
    },

    /** The password was right. */
    async forgive(attempt: Attempt): Promise<void> {
      await perPair.delete(pairKey(attempt))
      await refundOthers(attempt)
      await this.remember(attempt)
    },

    /** The password was not checked: the attempt does not count. */
    async refund(attempt: Attempt): Promise<void> {
      await perPair.reward(pairKey(attempt))
      await refundOthers(attempt)
    },

    /** The account's owner has signed in from this address. */
    async remember(attempt: Attempt): Promise<void> {
      await known.set(pairKey(attempt), 1, 90 * day)
    },
  }
}

/**
 * Limits how many accounts are created from one address.
 * @returns a function that counts one more. It throws APIError 429 when there were too many.
 */
export function createSignUpLimit(
  pool: Pool,
  signUpsPerHour: number,
): (address: string) => Promise<void> {
  if (signUpsPerHour === 0) return async () => {}
  const perAddress = limiter(pool, 'sign-up', signUpsPerHour, hour)
  return (address) => consume(perAddress, hashKey(countedAs(address)), manyAccounts)
}

/**
 * Limits how many apps register themselves from one address: registration needs no account, and
 * each app adds a row.
 * @returns a function that counts one more. It throws APIError 429 when there were too many.
 */
export function createRegistrationLimit(pool: Pool): (address: string) => Promise<void> {
  const perAddress = limiter(pool, 'registration', maxRegistrationsPerHour, hour)
  return (address) => consume(perAddress, hashKey(countedAs(address)), manyRegistrations)
}

/**
 * Limits how often an account creates an access token: each revoked token stays in memory until its
 * JWTs have expired.
 * @returns a function that counts one more. It throws APIError 429 when there were too many.
 */
export function createAccessTokenLimit(pool: Pool): (ownerId: string) => Promise<void> {
  const perOwner = limiter(pool, 'access-token', maxAccessTokensPerHour, hour)
  return (ownerId) => consume(perOwner, hashKey(ownerId), manyAccessTokens)
}

/**
 * Limits how many e-mails a client address requests, and how many a mailbox gets. Counted in the
 * same way whether or not the mailbox has an account.
 * @returns a function that counts one more. It throws APIError 429 when there were too many.
 */
export function createMailLimit(pool: Pool): (request: Attempt) => Promise<void> {
  const perAddress = limiter(pool, 'mail-address', maxMailsPerAddress, hour)
  const perMailbox = limiter(pool, 'mail-mailbox', maxMailsPerMailbox, hour)
  return async (request) => {
    await consume(perAddress, addressKey(request), manyMails)
    await consume(perMailbox, accountKey(request), manyMails)
  }
}

/**
 * Limits how often an account is exported, because an export reads all of its rows.
 * @returns a function that counts one more. It throws APIError 429 when there were too many.
 */
export function createExportLimit(pool: Pool): (ownerId: string) => Promise<void> {
  const perOwner = limiter(pool, 'export', maxExportsPerHour, hour)
  return (ownerId) => consume(perOwner, hashKey(ownerId), manyExports)
}

const maxExportsPerHour = 10
/** In an hour. An office shares an address. */
const maxMailsPerAddress = 60
/** In an hour, over all kinds of links. */
const maxMailsPerMailbox = 5
const maxRegistrationsPerHour = 500
const maxAccessTokensPerHour = 200
const wrongPasswords = 'Too many wrong passwords.'
const manyAccounts = 'Too many accounts were created from your address.'
const manyExports = 'Too many exports of this account.'
const manyMails = 'Too many e-mails were requested.'
const manyRegistrations = 'Too many apps were registered from your address.'
const manyAccessTokens = 'Too many access tokens were created for this account.'

/** Keys are hashed, so that the table holds no e-mail and no client addresses. */
const hashKey = (text: string) => createHash('sha256').update(text).digest('base64url')
const pairKey = ({ address, email }: Attempt) => hashKey(`${countedAs(address)} ${email}`)
const addressKey = ({ address }: Attempt) => hashKey(countedAs(address))
const accountKey = ({ email }: Attempt) => hashKey(email)

/**
 * `clears`: this limiter deletes the expired rows of the shared table every few minutes. One is
 * enough.
 */
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
    // After the limit is reached nothing is written: the end of the window is kept in memory.
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
