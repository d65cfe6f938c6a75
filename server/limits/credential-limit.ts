import { GraphQLError } from 'graphql'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { tooManyRequests } from '#schema/errors.ts'
import { countedAs } from './client-address.ts'

/** Points for bad credentials, per address, server and minute. */
export const maxBadPoints = 3_000
/** A bad JWT costs a signature check, a bad access token a query. */
export const signaturePoints = 1
export const lookUpPoints = 10
const windowSeconds = 60

/**
 * Runs the costly check of a credential that is not in a cache: a query or a signature check. The
 * address pays the points only if the credential is bad.
 * @throws what the work throws. RATE_LIMITED, without running it, when too many have failed.
 */
export type Meter = <T>(points: number, work: () => Promise<T>) => Promise<T>

export type MeterFor = (address: string) => Meter

/** Limits the cost of bad credentials from one address. Good ones cost nothing. */
export function createCredentialLimit(): MeterFor {
  const failures = new RateLimiterMemory({ points: maxBadPoints, duration: windowSeconds })
  return (address) => async (points, work) => {
    const key = countedAs(address)
    // Counted before the check, so that concurrent requests cannot pass the limit together.
    await failures.consume(key, points).catch(refuse)
    try {
      const outcome = await work()
      await failures.reward(key, points)
      return outcome
    } catch (error) {
      if (!isBadCredential(error)) await failures.reward(key, points)
      throw error
    }
  }
}

/** Runs the work without counting it. */
export const unmetered: Meter = (_points, work) => work()

function isBadCredential(error: unknown): boolean {
  return error instanceof GraphQLError && error.extensions.code === 'UNAUTHENTICATED'
}

function refuse(error: unknown): never {
  if (!(error instanceof RateLimiterRes)) throw error
  const message = 'Your address sent too many invalid tokens in this minute.'
  throw tooManyRequests(message, Math.ceil(error.msBeforeNext / 1000))
}
