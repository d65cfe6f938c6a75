import { availableParallelism } from 'node:os'
import { tryGetCurrentAuthEndpointContext } from '@better-auth/core/context'
import { APIError, isAPIError } from 'better-auth/api'
import { hashPassword, verifyPassword } from 'better-auth/crypto'
import { createFairQueue, QueueFull } from '#db/fair-queue.ts'
import { addressHeader } from '../http/origin-headers.ts'
import { countedAs } from '../limits/client-address.ts'

/**
 * Half of the cores, at most two. So two of libuv's four threads stay free for signing tokens, DNS
 * and files, and one core stays free for other requests. One hash takes about 80 ms of an idle
 * core, so a request waits at most about 5 s behind its own address, and 7 s behind all addresses.
 */
const bounds = {
  maxRunning: Math.min(2, Math.ceil(availableParallelism() / 2)),
  maxRunningPerKey: 1,
  maxWaitingPerKey: 40,
  maxWaiting: 80,
  /** A pause after each hash: a flood from one address uses at most two thirds of a core. */
  restMs: (tookMs: number) => Math.min(tookMs / 2, 100),
}

const retryAfterSeconds = 2

export type PasswordHashing = ReturnType<typeof createPasswordHashing>

/** Hashes passwords in a fair queue: client addresses get equal shares. */
export function createPasswordHashing() {
  const queue = createFairQueue(bounds)
  const prepared = new WeakMap<Request, { password: string; hash: string }>()

  async function runQueued<T>(work: () => Promise<T>): Promise<T> {
    const { headers, request } = tryGetCurrentAuthEndpointContext() ?? {}
    try {
      return await queue.run(countedAs(headers?.get(addressHeader) ?? ''), async () => {
        if (request?.signal.aborted) throw new APIError('BAD_REQUEST', { message: 'Aborted.' })
        return work()
      })
    } catch (error) {
      throw error instanceof QueueFull ? hashingBusy(error) : error
    }
  }

  async function hash(password: string): Promise<string> {
    const { request } = tryGetCurrentAuthEndpointContext() ?? {}
    const ready = request && prepared.get(request)
    return ready?.password === password ? ready.hash : runQueued(() => hashPassword(password))
  }

  return {
    /** Better Auth's option `emailAndPassword.password`. */
    password: {
      hash,
      verify: (data: { hash: string; password: string }) => runQueued(() => verifyPassword(data)),
    },

    /**
     * Hashes the password of a sign-up before Better Auth begins the transaction, which would hold
     * a connection of the pool while the password waits in the queue.
     */
    async prepare(request: Request | undefined, password: unknown): Promise<void> {
      if (!request || typeof password !== 'string' || !hasAllowedLength(password)) return
      prepared.set(request, { password, hash: await hash(password) })
    },
  }
}

export const passwordLength = { minPasswordLength: 8, maxPasswordLength: 128 }

function hasAllowedLength({ length }: string): boolean {
  return length >= passwordLength.minPasswordLength && length <= passwordLength.maxPasswordLength
}

const busyMessages = {
  KEY: 'Too many passwords from your address are being checked at the same time.',
  ALL: 'Too many passwords are being checked at the same time.',
}

function hashingBusy({ scope }: QueueFull): APIError {
  const [status, code] =
    scope === 'KEY'
      ? (['TOO_MANY_REQUESTS', 'RATE_LIMITED'] as const)
      : (['SERVICE_UNAVAILABLE', 'INTERNAL_SERVER_ERROR'] as const)
  const message = `${busyMessages[scope]} Try again in ${retryAfterSeconds} seconds.`
  const headers = { 'Retry-After': String(retryAfterSeconds) }
  return new APIError(status, { code, message }, headers)
}

/** Whether the queue was full, so that the password was not checked. */
export function isHashingBusy(error: unknown): boolean {
  if (!isAPIError(error)) return false
  return Object.values(busyMessages).some((message) => error.body?.message?.startsWith(message))
}
