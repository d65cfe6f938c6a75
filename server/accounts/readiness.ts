import { requireAppRole } from '#db/app-role.ts'
import { isDatabaseUnavailable, reasonOf } from '#db/availability.ts'
import type { Database } from '#db/client.ts'
import type { Logger } from '../log/log.ts'
import type { KeySet } from '../tokens/key-set.ts'
import type { Revocation } from '../tokens/revocation.ts'
import type { Auth } from './auth.ts'
import { requireSigning } from './signing-check.ts'

type Options = {
  auth: Auth
  database: Pick<Database, 'db' | 'pool'>
  keys: Pick<KeySet, 'reload'>
  revocation: Pick<Revocation, 'isCurrent' | 'becomeCurrent'>
  log: Logger
}

export type Readiness = {
  /**
   * Does what a request needs: loads the keys, signs, reads a row as an owner. Concurrent calls share
   * one check.
   * @throws SetupFault, DatabaseUnavailable, or Error when this instance is stopping.
   */
  check: () => Promise<void>
  /** From now on the instance is not ready, so that a load balancer sends no new requests. */
  end: () => void
}

export function createReadiness({ log, ...parts }: Options): Readiness {
  let isEnding = false
  let current: Promise<void> | undefined
  let logged: string | undefined

  const tryAll = async () => {
    try {
      await requireReady(parts)
      logged = undefined
    } catch (error) {
      // A probe asks every few seconds. An outage of the database is logged by its pool.
      const reason = reasonOf(error)
      if (reason !== logged && !isDatabaseUnavailable(error)) log.error({ reason }, 'Not ready')
      logged = reason
      throw error
    }
  }
  return {
    check() {
      if (isEnding) return Promise.reject(new Error('The instance is stopping.'))
      current ??= tryAll().finally(() => {
        current = undefined
      })
      return current
    },
    end() {
      isEnding = true
    },
  }
}

async function requireReady({ auth, database, keys, revocation }: Omit<Options, 'log'>) {
  await keys.reload() // from the database
  await requireSigning(auth)
  await requireAppRole(database.db, database.pool)
  if (!revocation.isCurrent()) await revocation.becomeCurrent()
}
