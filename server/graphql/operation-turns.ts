import type { IncomingMessage } from 'node:http'
import { DatabaseBusy } from '#db/availability.ts'
import { createFairQueue, QueueFull } from '#db/fair-queue.ts'
import type { Viewer } from '#schema/context.ts'
import { tooManyConcurrentRequests } from '#schema/errors.ts'
import { type AddressOf, countedAs } from '../limits/client-address.ts'
import type { NodePlugin } from './node-plugin.ts'

/** docs/decisions/0020-shares-of-the-database.md explains the numbers. */
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
 * Runs at most four operations of one account concurrently, over all its clients. The others wait
 * in a queue. Operations without a token are counted by address.
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
  throw error.scope === 'KEY' ? tooManyConcurrentRequests() : new DatabaseBusy(error.message)
}
