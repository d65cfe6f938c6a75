import { availableParallelism } from 'node:os'
import { tryGetCurrentAuthEndpointContext } from '@better-auth/core/context'
import { APIError, isAPIError } from 'better-auth/api'
import { hashPassword, verifyPassword } from 'better-auth/crypto'
import { createFairQueue, QueueFull } from '#db/fair-queue.ts'
import { addressHeader } from '../http/origin-headers.ts'
import { countedAs } from '../limits/client-address.ts'

/**
 * Half of the cores, and two at most: two of the four threads of libuv stay free for signing tokens,
 * DNS and files, and a core for the requests of others. One hash takes some 80 ms of a free core, so
 * a request waits some 5 s at most for its own address, 7 s for all of them.
 */
const bounds = {
  maxRunning: Math.min(2, Math.ceil(availableParallelism() / 2)),
  maxRunningPerKey: 1,
  maxWaitingPerKey: 40,
  maxWaiting: 80,
  /** A flood of one address keeps a core busy for two thirds of the time. */
  restMs: (tookMs: number) => Math.min(tookMs / 2, 100),
}

const retryAfterSeconds = 2

export type PasswordHashing = ReturnType<typeof createPasswordHashing>

/** Hashes passwords in turns: the addresses that requests come from have equal shares. */
export function createPasswordHashing() {
  const queue = createFairQueue(bounds)
  const prepared = new WeakMap<Request, { password: string; hash: string }>()

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const { headers, request } = tryGetCurrentAuthEndpointContext() ?? {}
    try {
      return await queue.run(countedAs(headers?.get(addressHeader) ?? ''), async () => {
        if (request?.signal.aborted) throw new APIError('BAD_REQUEST', { message: 'Aborted.' })
        return work()
      })
    } catch (error) {
      throw error instanceof QueueFull ? busy(error) : error
    }
  }

  async function hash(password: string): Promise<string> {
    const { request } = tryGetCurrentAuthEndpointContext() ?? {}
    const ready = request && prepared.get(request)
    return ready?.password === password ? ready.hash : inTurn(() => hashPassword(password))
  }

  return {
    /** For `emailAndPassword` of Better Auth. */
    password: {
      hash,
      verify: (data: { hash: string; password: string }) => inTurn(() => verifyPassword(data)),
    },

    /** Hashes before Better Auth begins the transaction of a sign-up, which holds a connection. */
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

function busy({ scope }: QueueFull): APIError {
  const [status, code] =
    scope === 'KEY'
      ? (['TOO_MANY_REQUESTS', 'RATE_LIMITED'] as const)
      : (['SERVICE_UNAVAILABLE', 'INTERNAL_SERVER_ERROR'] as const)
  const message = `${busyMessages[scope]} Try again in ${retryAfterSeconds} seconds.`
  const headers = { 'Retry-After': String(retryAfterSeconds) }
  return new APIError(status, { code, message }, headers)
}

/** Whether a password was refused without a look at it. */
export function isHashingBusy(error: unknown): boolean {
  if (!isAPIError(error)) return false
  return Object.values(busyMessages).some((message) => error.body?.message?.startsWith(message))
}
