import { createHash } from 'node:crypto'
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute } from 'graphql'
import { type GraphQLParams, isAsyncIterable, mapAsyncIterator } from 'graphql-yoga'
import type { Context } from '#schema/context.ts'

type Subscription = ExecutionArgs & { contextValue: Context & { params: GraphQLParams } }

/** Results by event, then by key. Garbage collection removes an event that no stream holds. */
const results = new WeakMap<object, Map<string, Promise<ExecutionResult>>>()

/**
 * Subscribes as graphql-js does, but executes each event once for all streams with the same
 * operation and viewer. `beforeEvent` runs before each event that is sent. If it rejects, the
 * stream ends with its error.
 */
export async function subscribeShared(
  args: Subscription,
  beforeEvent: () => Promise<void>,
): Promise<ExecutionResult | AsyncIterable<ExecutionResult>> {
  const source = await createSourceEventStream(args)
  if (!isAsyncIterable(source)) return asBadRequest(source)
  const key = createResultKey(args)
  // graphql-js does not type events. live.ts sends the same object to every stream.
  return mapAsyncIterator(source as AsyncIterable<object>, async (event) => {
    await beforeEvent()
    return executeOnce(args, event, key)
  })
}

function executeOnce(args: Subscription, event: object, key: string) {
  const known = results.get(event) ?? new Map<string, Promise<ExecutionResult>>()
  results.set(event, known)
  const result = known.get(key) ?? Promise.resolve(execute({ ...args, rootValue: event }))
  known.set(key, result)
  return result
}

/**
 * Everything besides the event that a result depends on: the operation, and the viewer as resolvers
 * see it.
 */
function createResultKey({ operationName, variableValues, contextValue }: Subscription): string {
  const { tokenOrigins, expiresAt, ...viewer } = contextValue.viewer ?? {}
  const parts = [contextValue.params.query, operationName, variableValues, viewer]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}

/** An error without a path is an error of the request, such as an invalid variable. */
function asBadRequest(result: ExecutionResult): ExecutionResult {
  for (const { path, extensions } of result.errors ?? []) {
    if (!path) extensions.http ??= { status: 400 }
  }
  return result
}
