import type { Pool } from 'pg'
import { measureClockSkew } from '#db/clock.ts'
import type { Logger } from '../log/log.ts'
import { runHourly } from './hourly.ts'

/**
 * Instances accept tokens of each other with 5 seconds of tolerance (tokens/jwt.ts). Two that differ
 * from the database by less than 2 seconds differ from each other by less than that.
 */
const maxSkewSeconds = 2

type Options = { pool: Pool; log: Logger; now?: () => number }

/** Compares the clock with that of the database, now and every hour. @returns a function that stops it. */
export function startClockCheck(options: Options): () => Promise<void> {
  return runHourly(() => checkClock(options))
}

export async function checkClock({ pool, log, now }: Options): Promise<void> {
  try {
    const skewSeconds = Math.round((await measureClockSkew(pool, now)) * 10) / 10
    if (Math.abs(skewSeconds) < maxSkewSeconds) return
    const direction = skewSeconds > 0 ? 'ahead of' : 'behind'
    log.warn(
      { skewSeconds },
      `The clock is ${Math.abs(skewSeconds)} seconds ${direction} that of the database. ` +
        'Synchronize both (NTP), or tokens of other instances may be refused',
    )
  } catch (err) {
    log.warn({ err }, 'The clock was not compared with that of the database')
  }
}
