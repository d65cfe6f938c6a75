import { type Exchange, makeOperation, type Operation, type OperationResult } from 'urql'
import { filter, fromPromise, merge, mergeMap, pipe, share, tap } from 'wonka'

type Versioned = { id: string; ifUpdatedAt: string }

/**
 * Sends conditional updates (`ifUpdatedAt`) of one object one after another. An update that was made
 * before the answer to an earlier one of this page gets the version of that answer, so that a page
 * does not conflict with itself. Stands below the cache, which shows every update immediately.
 */
export function chainUpdates(): Exchange {
  return ({ forward }) => {
    /** By object: resolves when its latest update has its answer. */
    const answers = new Map<string, Promise<void>>()
    /** By the key of an operation: called with its answer. */
    const ends = new Map<number, () => void>()
    /** From the version that an update of this page was based on to the version that it made. */
    const versions = new Map<string, string>()

    async function awaitTurn(operation: Operation): Promise<Operation> {
      const { id, ifUpdatedAt } = inputOf(operation)
      const earlier = answers.get(id)
      answers.set(id, new Promise((resolve) => ends.set(operation.key, resolve)))
      await earlier
      const input = { ...inputOf(operation), ifUpdatedAt: newestOwn(id, ifUpdatedAt) }
      const { kind, context } = operation
      return makeOperation(kind, { ...operation, variables: { input } }, context)
    }

    function newestOwn(id: string, version: string): string {
      const made = versions.get(`${id} ${version}`)
      return made === undefined || made === version ? version : newestOwn(id, made)
    }

    function end({ operation, data }: OperationResult): void {
      if (!isConditional(operation)) return
      const { id, ifUpdatedAt } = inputOf(operation)
      const made: unknown = data?.updateTask?.task?.updatedAt
      if (typeof made === 'string') versions.set(`${id} ${ifUpdatedAt}`, made)
      ends.get(operation.key)?.()
      ends.delete(operation.key)
    }

    return (operations) => {
      const shared = pipe(operations, share)
      const others = pipe(
        shared,
        filter((operation) => !isConditional(operation)),
      )
      const updates = pipe(
        shared,
        filter(isConditional),
        mergeMap((operation) => fromPromise(awaitTurn(operation))),
      )
      return pipe(merge([others, updates]), forward, tap(end))
    }
  }
}

function inputOf({ variables }: Operation): Versioned {
  return variables?.input
}

function isConditional({ kind, variables }: Operation): boolean {
  return kind === 'mutation' && typeof variables?.input?.ifUpdatedAt === 'string'
}
