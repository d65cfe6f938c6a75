/** The parameters of a request (GraphQL over HTTP §5.1), as far as json-post.ts handles them. */
export type Params = {
  query: string
  variables: Record<string, unknown>
  operationName: string | undefined
  extensions: Record<string, unknown> | undefined
}

/**
 * Undefined: the body is not an object with a document, or asks for its cost (operation-budget.ts).
 * Other members are left out.
 */
export function parseParams(text: string): Params | undefined {
  const body = parseJson(text)
  if (!isObject(body)) return undefined
  const { query, variables, operationName, extensions } = body
  if (typeof query !== 'string') return undefined
  if (extensions != null && (!isObject(extensions) || extensions.cost === true)) return undefined
  if (variables != null && !isObject(variables)) return undefined
  if (operationName != null && typeof operationName !== 'string') return undefined
  return {
    query,
    variables: variables ?? {},
    operationName: operationName ?? undefined,
    extensions: extensions ?? undefined,
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
