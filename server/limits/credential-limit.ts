import { GraphQLError } from 'graphql'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { tooManyRequests } from '#schema/errors.ts'
import { countedAs } from '../client-address.ts'

/** For one address on one server, in a minute. */
export const maxBadCredentials = 300
const windowSeconds = 60

/**
 * Does the costly part of checking a credential that is not in a cache: a look-up or a signature.
 * @throws what the work throws; RATE_LIMITED without doing it when too many have failed.
 */
export type Meter = <T>(work: () => Promise<T>) => Promise<T>

export type MeterFor = (address: string) => Meter

/** Bounds how many bad credentials of one address are looked at. Good ones cost nothing. */
export function createCredentialLimit(): MeterFor {
  const failures = new RateLimiterMemory({ points: maxBadCredentials, duration: windowSeconds })
  return (address) => async (work) => {
    const key = countedAs(address)
    // Counted before the outcome is known, or many at once would all get past the count.
    await failures.consume(key).catch(refuse)
    try {
      const outcome = await work()
      await failures.reward(key)
      return outcome
    } catch (error) {
      if (!isBadCredential(error)) await failures.reward(key)
      throw error
    }
  }
}

export const unmetered: Meter = (work) => work()

function isBadCredential(error: unknown): boolean {
  return error instanceof GraphQLError && error.extensions.code === 'UNAUTHENTICATED'
}

function refuse(error: unknown): never {
  if (!(error instanceof RateLimiterRes)) throw error
  const message = `More than ${maxBadCredentials} tokens from your address were not valid in a minute.`
  throw tooManyRequests(message, Math.ceil(error.msBeforeNext / 1000))
}
