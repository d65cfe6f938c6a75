import type { IncomingMessage } from 'node:http'
import { DatabaseBusy } from '#db/availability.ts'
import { createFairQueue, QueueFull } from '#db/fair-queue.ts'
import type { Viewer } from '#schema/context.ts'
import { tooMuchAtOnce } from '#schema/errors.ts'
import { type AddressOf, countedAs } from '../limits/client-address.ts'
import type { NodePlugin } from './yoga.ts'

/** Why these: docs/decisions/0020-shares-of-the-database.md. */
const bounds = {
  maxRunning: 200,
  maxRunningPerKey: 4,
  maxWaitingPerKey: 100,
  maxWaiting: 1_000,
  maxWaitMs: 5_000,
}

type TurnOptions = {
  viewerOf: (request: IncomingMessage) => Viewer | null
  addressOf: AddressOf
}

/**
 * Runs a few operations of one account at once, over all its clients; the others wait for their
 * turn. Without a token, the operations of an address are counted together.
 */
export function operationTurns({ viewerOf, addressOf }: TurnOptions): NodePlugin {
  const queue = createFairQueue(bounds)
  const keyOf = (request: IncomingMessage) => viewerOf(request)?.id ?? countedAs(addressOf(request))
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const key = keyOf(args.contextValue.req)
      setExecuteFn((args) => queue.run(key, async () => executeFn(args)).catch(refuse))
    },
  }
}

function refuse(error: unknown): never {
  if (!(error instanceof QueueFull)) throw error
  throw error.scope === 'KEY' ? tooMuchAtOnce() : new DatabaseBusy(error.message)
}
