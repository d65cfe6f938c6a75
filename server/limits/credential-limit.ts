import { GraphQLError } from 'graphql'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { tooManyRequests } from '#schema/errors.ts'
import { countedAs } from './client-address.ts'

/** Points of one address on one server in a minute, for credentials that are bad. */
export const maxBadPoints = 3_000
/** A bad JWT costs a signature check, a bad access token a query. */
export const signaturePoints = 1
export const lookUpPoints = 10
const windowSeconds = 60

/**
 * Does the costly part of checking a credential that is not in a cache: a look-up or a signature.
 * It costs the address points when the credential is bad.
 * @throws what the work throws; RATE_LIMITED without doing it when too many have failed.
 */
export type Meter = <T>(points: number, work: () => Promise<T>) => Promise<T>

export type MeterFor = (address: string) => Meter

/** Bounds what bad credentials of one address cost. Good ones cost nothing. */
export function createCredentialLimit(): MeterFor {
  const failures = new RateLimiterMemory({ points: maxBadPoints, duration: windowSeconds })
  return (address) => async (points, work) => {
    const key = countedAs(address)
    // Counted before the outcome is known, or many at once would all get past the count.
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

export const unmetered: Meter = (_points, work) => work()

function isBadCredential(error: unknown): boolean {
  return error instanceof GraphQLError && error.extensions.code === 'UNAUTHENTICATED'
}

function refuse(error: unknown): never {
  if (!(error instanceof RateLimiterRes)) throw error
  const message = 'Too many tokens from your address were not valid in this minute.'
  throw tooManyRequests(message, Math.ceil(error.msBeforeNext / 1000))
}
