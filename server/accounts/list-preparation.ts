import type { Pool } from 'pg'
import type { Db } from '#db/client.ts'
import { prepareLists } from '#db/prepare-lists.ts'
import type { Logger } from '../log/log.ts'
import { runHourly } from './hourly.ts'

type ListPreparation = { db: Db; pool: Pool; log: Logger }

/** Prepares lists of tasks when it starts and then every hour. @returns a function that stops it. */
export function startListPreparation({ log, ...databases }: ListPreparation): () => Promise<void> {
  return runHourly(async (signal) => {
    try {
      const prepared = await prepareLists(databases, signal)
      if (prepared && Object.values(prepared).some(Boolean))
        log.info(prepared, 'Lists were prepared')
    } catch (err) {
      log.error({ err }, 'Lists were not prepared')
    }
  })
}
