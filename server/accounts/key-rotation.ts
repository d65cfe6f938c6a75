import { setTimeout as sleep } from 'node:timers/promises'
import type { AuthContext, DBAdapter } from 'better-auth'
import { createJwk, type Jwk } from 'better-auth/plugins'
import type { Pool } from 'pg'
import { announceChangedKeys } from '#db/changes.ts'
import { lockKeys, withLock } from '#db/locks.ts'
import { recordEvent } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'
import type { KeySet } from '../tokens/key-set.ts'
import { createKeyOptions, daySeconds, hourSeconds, type KeyTimes } from './key-times.ts'

/** The part of Better Auth that is used: its tables, and the secret that encrypts keys. */
type KeyStore = {
  $context: Promise<{
    adapter: Pick<DBAdapter, 'create' | 'findMany' | 'update' | 'delete' | 'deleteMany'>
    secretConfig: AuthContext['secretConfig']
  }>
}

type RotationOptions = {
  auth: KeyStore
  pool: Pool
  times: KeyTimes
  /** Delay between publishing a key and signing with it. Default: 6 seconds. */
  leadMs?: number
}

/** Longer than an instance needs to load a new key, including a reconnect to the database. */
const defaultLeadMs = 6_000
const retryMs = 500
const maxAttempts = 60
/** How long before its expiry a key is replaced. */
const marginMs = hourSeconds * 1000
const checkMs = 10 * 60_000

/**
 * Publishes a new key and signs with it after every instance has loaded it, so that no token is
 * refused. Older keys stop signing, and verify until the grace period has passed.
 * @returns the id of the new key, which is the `kid` of its tokens.
 */
export function rotateKeys(options: RotationOptions): Promise<string> {
  return withLock(options.pool, lockKeys.keyRotation, () => replaceKeys(options))
}

/**
 * Rotates if the newest key is about to expire. Undefined: it is not, or another instance has
 * rotated.
 */
export async function rotateIfDue(options: RotationOptions): Promise<string | undefined> {
  if (!(await isDue(options))) return undefined
  return withLock(options.pool, lockKeys.keyRotation, async () =>
    (await isDue(options)) ? replaceKeys(options) : undefined,
  )
}

/**
 * For keys that have leaked. The new key signs immediately, and every instance refuses tokens of
 * the older keys within seconds.
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
 * Reloads the keys after they have changed. Retries for 30 seconds while the database is
 * unavailable; after a longer outage, the listener calls this again when it reconnects.
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

/**
 * Checks every ten minutes whether a new key is due, and makes one.
 * @returns a function that stops it and resolves after a rotation under way.
 */
export function startKeyRotation({
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
  leadMs = defaultLeadMs,
}: RotationOptions): Promise<string> {
  const { adapter } = await auth.$context
  // Better Auth signs with the newest key. The date of 1970 keeps it from signing with this one
  // yet.
  const { id } = await createKey(auth, times, new Date(0))
  await announceChangedKeys(pool)
  await sleep(leadMs)
  const where = [{ field: 'id', value: id }]
  await adapter.update({ model: 'jwks', where, update: { createdAt: new Date() } })
  for (const older of await listKeys(auth)) {
    if (older.id !== id) await retire(auth, times, older)
  }
  return id
}

async function retire(auth: KeyStore, { keyGraceHours }: KeyTimes, { id, expiresAt }: Jwk) {
  const { adapter } = await auth.$context
  const now = new Date()
  const where = [{ field: 'id', value: id }]
  const deleteAt = (expiresAt ?? now).getTime() + keyGraceHours * hourSeconds * 1000
  if (deleteAt < now.getTime()) await adapter.delete({ model: 'jwks', where })
  else if (!expiresAt || expiresAt > now) {
    await adapter.update({ model: 'jwks', where, update: { expiresAt: now } })
  }
}

async function isDue({ auth, times }: RotationOptions): Promise<boolean> {
  const lifeMs = times.keyRotationDays * daySeconds * 1000
  const margin = Math.min(marginMs, lifeMs / 4)
  const expiryOf = ({ createdAt, expiresAt }: Jwk) =>
    (expiresAt ?? new Date(createdAt.getTime() + lifeMs)).getTime()
  const signing = (await listKeys(auth)).filter(({ createdAt }) => createdAt.getTime() > 0)
  return Math.max(...signing.map(expiryOf)) < Date.now() + margin
}

async function listKeys(auth: KeyStore): Promise<Jwk[]> {
  const { adapter } = await auth.$context
  return adapter.findMany<Jwk>({ model: 'jwks' })
}

/**
 * Creates a key as Better Auth does, encrypted with the secret, but with the given creation date.
 */
async function createKey(auth: KeyStore, times: KeyTimes, createdAt: Date): Promise<Jwk> {
  const context = await auth.$context
  const create = (key: Omit<Jwk, 'id'>) =>
    context.adapter.create<Omit<Jwk, 'id'>, Jwk>({ model: 'jwks', data: { ...key, createdAt } })
  const endpoint = { context } as Parameters<typeof createJwk>[0]
  return createJwk(endpoint, { jwks: createKeyOptions(times), adapter: { createJwk: create } })
}
