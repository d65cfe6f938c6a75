import { DatabaseBusy } from '#db/availability.ts'
import { createFairQueue, QueueFull } from '#db/fair-queue.ts'
import { tooManyConcurrentRequests } from '#schema/errors.ts'
import { type AddressOf, countedAs } from '../limits/client-address.ts'
import type { Payer } from './charges.ts'
import type { NodeContext, NodePlugin } from './node-plugin.ts'

/** docs/decisions/0020-shares-of-the-database.md explains the numbers. */
const bounds = {
  maxRunning: 200,
  maxRunningPerKey: 4,
  maxWaitingPerKey: 100,
  maxWaiting: 1_000,
  maxWaitMs: 5_000,
}

export type OperationTurns = ReturnType<typeof createOperationTurns>

/**
 * Runs at most four operations of one account concurrently, over all its clients. The others wait
 * in a queue. Operations without a token are counted by address.
 */
export function createOperationTurns(addressOf: AddressOf) {
  const queue = createFairQueue(bounds)
  const keyOf = ({ req, viewer }: Payer) => viewer?.id ?? countedAs(addressOf(req))
  return {
    /** @throws RATE_LIMITED or DatabaseBusy, without running the work, when the queue is full. */
    async run<T>(payer: Payer, work: () => Promise<T>): Promise<T> {
      const slot = queue.acquire(keyOf(payer))
      const free = slot instanceof Promise ? await slot.catch(refuse) : slot
      try {
        return await work()
      } finally {
        free()
      }
    },
  }
}

/** Runs the operations of Yoga in turns. */
export function operationTurns(
  turns: OperationTurns,
  payerOf: (context: NodeContext) => Payer,
): NodePlugin {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const payer = payerOf(args.contextValue)
      setExecuteFn((args) => turns.run(payer, async () => executeFn(args)))
    },
  }
}

function refuse(error: unknown): never {
  if (!(error instanceof QueueFull)) throw error
  throw error.scope === 'KEY' ? tooManyConcurrentRequests() : new DatabaseBusy(error.message)
}
