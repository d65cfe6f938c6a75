import { setTimeout as sleep } from 'node:timers/promises'
import { createJwk, type Jwk, type JwtOptions } from 'better-auth/plugins'
import type { Pool } from 'pg'
import { announceChangedKeys } from '#db/changes.ts'
import { lockKeys, withLock } from '#db/locks.ts'
import { recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'
import type { KeySet } from '../tokens/key-set.ts'
import type { Auth } from './auth.ts'

/** How long a key signs, and for how long after that it still verifies. */
export type KeyTimes = { keyRotationDays: number; keyGraceHours: number }

type RotationOptions = {
  auth: Auth
  pool: Pool
  times: KeyTimes
  /** For so long a new key is known before it signs. */
  leadMs?: number
}

const daySeconds = 86_400
const hourSeconds = 3_600
/** More than an instance needs to hear of a new key, also when it has to connect again. */
const usualLeadMs = 6_000
const retryMs = 500
const maxAttempts = 60
/** A key is replaced so long before Better Auth would stop signing with it. */
const marginMs = hourSeconds * 1000
const checkMs = 10 * 60_000

/** For Better Auth: when a key ends, and when it is forgotten. */
export function keyOptions({ keyRotationDays, keyGraceHours }: KeyTimes): JwtOptions['jwks'] {
  return {
    rotationInterval: Math.round(keyRotationDays * daySeconds),
    gracePeriod: Math.round(keyGraceHours * hourSeconds),
  }
}

/**
 * Makes a new key and signs with it once every instance knows it: no token is refused for it. The
 * older keys sign no more, and verify until the grace period has passed.
 * @returns the id of the new key, the `kid` of its tokens.
 */
export function rotateKeys(options: RotationOptions): Promise<string> {
  return withLock(options.pool, lockKeys.keyRotation, () => replaceKeys(options))
}

/** Only when the newest key is about to end; of several instances one does it. */
export async function rotateIfDue(options: RotationOptions): Promise<string | undefined> {
  if (!(await isDue(options))) return undefined
  return withLock(options.pool, lockKeys.keyRotation, async () =>
    (await isDue(options)) ? replaceKeys(options) : undefined,
  )
}

/**
 * For keys that have leaked: a new one signs at once, and what the older ones have signed is
 * refused on every instance within seconds.
 */
export function replaceLeakedKeys({ auth, pool, times }: RotationOptions): Promise<string> {
  return withLock(pool, lockKeys.keyRotation, async () => {
    const { adapter } = await auth.$context
    const { id } = await createKey(auth, times, new Date())
    await adapter.deleteMany({ model: 'jwks', where: [{ field: 'id', operator: 'ne', value: id }] })
    await announceChangedKeys(pool)
    return id
  })
}

/**
 * Loads the keys anew once they have changed, with patience for a database that is away. Should it
 * be away for longer, its return is told as well.
 */
export async function refreshKeys(keys: KeySet): Promise<void> {
  for (let tries = 0; tries < maxAttempts; tries++) {
    const isDone = await keys.refresh().then(
      () => true,
      () => false,
    )
    if (isDone) return
    await sleep(retryMs, undefined, { ref: false })
  }
}

/** Replaces the newest key in time, now and then. Ends with the function it returns. */
export function replaceKeysInTime({
  log,
  ...options
}: RotationOptions & { log: Logger }): () => Promise<void> {
  let rotating: Promise<unknown> = Promise.resolve()
  const rotate = () => {
    rotating = rotateIfDue(options)
      .then((keyId) => keyId && recordEvent(log, 'key_replaced', { keyId }))
      .catch((err) => log.error({ err }, 'No new signing key was made'))
  }
  const check = setInterval(rotate, checkMs)
  rotate()
  return async () => {
    clearInterval(check)
    await rotating
  }
}

async function replaceKeys({
  auth,
  pool,
  times,
  leadMs = usualLeadMs,
}: RotationOptions): Promise<string> {
  const { adapter } = await auth.$context
  // Better Auth signs with the youngest: this one is known, and not used yet.
  const { id } = await createKey(auth, times, new Date(0))
  await announceChangedKeys(pool)
  await sleep(leadMs)
  const own = [{ field: 'id', value: id }]
  await adapter.update({ model: 'jwks', where: own, update: { createdAt: new Date() } })
  for (const older of await listKeys(auth)) {
    if (older.id !== id) await retire(auth, times, older)
  }
  return id
}

async function retire(auth: Auth, { keyGraceHours }: KeyTimes, { id, expiresAt }: Jwk) {
  const { adapter } = await auth.$context
  const now = new Date()
  const where = [{ field: 'id', value: id }]
  const forgetAt = (expiresAt ?? now).getTime() + keyGraceHours * hourSeconds * 1000
  if (forgetAt < now.getTime()) await adapter.delete({ model: 'jwks', where })
  else if (!expiresAt || expiresAt > now) {
    await adapter.update({ model: 'jwks', where, update: { expiresAt: now } })
  }
}

async function isDue({ auth, times }: RotationOptions): Promise<boolean> {
  const lifeMs = times.keyRotationDays * daySeconds * 1000
  const margin = Math.min(marginMs, lifeMs / 4)
  const endOf = ({ createdAt, expiresAt }: Jwk) =>
    (expiresAt ?? new Date(createdAt.getTime() + lifeMs)).getTime()
  const signing = (await listKeys(auth)).filter(({ createdAt }) => createdAt.getTime() > 0)
  return Math.max(...signing.map(endOf)) < Date.now() + margin
}

async function listKeys(auth: Auth): Promise<Jwk[]> {
  const { adapter } = await auth.$context
  return adapter.findMany<Jwk>({ model: 'jwks' })
}

/** As Better Auth makes it, encrypted with the secret; younger or older than it is. */
async function createKey(auth: Auth, times: KeyTimes, createdAt: Date): Promise<Jwk> {
  const context = await auth.$context
  const create = (key: Omit<Jwk, 'id'>) =>
    context.adapter.create<Omit<Jwk, 'id'>, Jwk>({ model: 'jwks', data: { ...key, createdAt } })
  const endpoint = { context } as Parameters<typeof createJwk>[0]
  return createJwk(endpoint, { jwks: keyOptions(times), adapter: { createJwk: create } })
}
