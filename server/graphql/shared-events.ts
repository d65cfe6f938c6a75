import { createHash } from 'node:crypto'
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute } from 'graphql'
import { type GraphQLParams, isAsyncIterable, mapAsyncIterator } from 'graphql-yoga'
import type { Context } from '#schema/context.ts'

type Subscription = ExecutionArgs & { contextValue: Context & { params: GraphQLParams } }

/** By event, then by question. An event is forgotten once no stream holds it. */
const results = new WeakMap<object, Map<string, Promise<ExecutionResult>>>()

/**
 * Subscribes as graphql-js does, but executes each event once for all streams that ask the same
 * question about it. `beforeEvent` runs before each event that is sent; when it rejects, the stream
 * ends with its error.
 */
export async function subscribeShared(
  args: Subscription,
  beforeEvent: () => Promise<void>,
): Promise<ExecutionResult | AsyncIterable<ExecutionResult>> {
  const source = await createSourceEventStream(args)
  if (!isAsyncIterable(source)) return asBadRequest(source)
  const question = questionOf(args)
  // graphql-js does not type events. Ours are objects, handed by live.ts to every stream.
  return mapAsyncIterator(source as AsyncIterable<object>, async (event) => {
    await beforeEvent()
    return executeOnce(args, event, question)
  })
}

function executeOnce(args: Subscription, event: object, question: string) {
  const known = results.get(event) ?? new Map<string, Promise<ExecutionResult>>()
  results.set(event, known)
  const result = known.get(question) ?? Promise.resolve(execute({ ...args, rootValue: event }))
  known.set(question, result)
  return result
}

/** All that a result depends on beside the event: the operation, and what resolvers see of the viewer. */
function questionOf({ operationName, variableValues, contextValue }: Subscription): string {
  const { sources, expiresAt, ...viewer } = contextValue.viewer ?? {}
  const question = [contextValue.params.query, operationName, variableValues, viewer]
  return createHash('sha256').update(JSON.stringify(question)).digest('base64url')
}

/** An error without a path is a fault of the request, such as a variable that does not fit. */
function asBadRequest(result: ExecutionResult): ExecutionResult {
  for (const { path, extensions } of result.errors ?? []) {
    if (!path) extensions.http ??= { status: 400 }
  }
  return result
}
