import { Kind, parse } from 'graphql'
import { sendAsCurrent } from './send-operation.ts'

/** The scopes that an operation needs, and whether the current token has them. */
export type OperationNeed = {
  /** Undefined: anonymous, and the only operation of its document. */
  name: string | undefined
  allowed: boolean
  requiresToken: boolean
  /** Any one of these sets is enough. */
  requiredScopes: string[][]
  missingScopes: string[]
  /** The page that creates a token with these scopes. */
  tokenUrl: string
}

const fields = 'allowed requiresToken requiredScopes missingScopes tokenUrl'
/** Bounded, because the API limits aliases. */
const maxAsked = 10

/** Asks the API, which knows the rules that it enforces. Empty for an invalid document. */
export async function listNeeds(document: string): Promise<OperationNeed[]> {
  const names = listOperations(document).slice(0, maxAsked)
  if (names.length === 0) return []
  const response = await sendAsCurrent({ query: questionAbout(names), variables: { document } })
  const { data } = await response.json()
  return data ? names.map((name, place) => ({ ...data[`need${place}`], name })) : []
}

function questionAbout(names: (string | undefined)[]): string {
  const asked = names.map((name, place) => {
    const chosen = name === undefined ? '' : `, operationName: "${name}"`
    return `need${place}: operationAccess(document: $document${chosen}) { ${fields} }`
  })
  return `query ($document: String!) { ${asked.join(' ')} }`
}

/** The names of the operations; empty while the document is invalid. */
function listOperations(document: string): (string | undefined)[] {
  try {
    return parse(document).definitions.flatMap((one) =>
      one.kind === Kind.OPERATION_DEFINITION ? [one.name?.value] : [],
    )
  } catch {
    return []
  }
}

/** "email and tasks:read, or email and tasks:write"; empty when no scope is needed. */
export function scopesInWords(sets: readonly (readonly string[])[]): string {
  return sets.map((all) => all.join(' and ')).join(', or ')
}
