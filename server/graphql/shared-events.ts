import { createHash } from 'node:crypto'
import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  getOperationAST,
  Kind,
} from 'graphql'
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
 * see it. Where the stream began is no part of it.
 */
function createResultKey(args: Subscription): string {
  const { operationName, contextValue } = args
  const { tokenOrigins, expiresAt, ...viewer } = contextValue.viewer ?? {}
  const parts = [contextValue.params.query, operationName, variablesOfResult(args), viewer]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}

/** Without the cursor of `after`: fields of an event have no arguments, so none of them can use it. */
function variablesOfResult({ document, operationName, variableValues }: Subscription) {
  const [field] = getOperationAST(document, operationName)?.selectionSet.selections ?? []
  const after =
    field?.kind === Kind.FIELD
      ? field.arguments?.find(({ name }) => name.value === 'after')
      : undefined
  if (after?.value.kind !== Kind.VARIABLE) return variableValues
  return { ...variableValues, [after.value.name.value]: undefined }
}

/** An error without a path is an error of the request, such as an invalid variable. */
function asBadRequest(result: ExecutionResult): ExecutionResult {
  for (const { path, extensions } of result.errors ?? []) {
    if (!path) extensions.http ??= { status: 400 }
  }
  return result
}
