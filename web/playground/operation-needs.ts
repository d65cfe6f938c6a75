import { Kind, parse } from 'graphql'
import { sendAsCurrent } from './send-operation.ts'

/** What an operation asks for, and whether the token that would be sent with it is enough. */
export type OperationNeed = {
  /** Undefined: it has none, and is alone in its document. */
  name: string | undefined
  allowed: boolean
  requiresToken: boolean
  /** Any of these sets. */
  requiredScopes: string[][]
  missingScopes: string[]
  /** The page that makes a token with just these. */
  tokenUrl: string
}

const fields = 'allowed requiresToken requiredScopes missingScopes tokenUrl'
/** The API takes no more aliases than a few at once. */
const maxAsked = 10

/** Asks the API, which reads the rules that it enforces. Empty for what could not be executed. */
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

/** The names of the operations; empty while something is half typed. */
function listOperations(document: string): (string | undefined)[] {
  try {
    return parse(document).definitions.flatMap((one) =>
      one.kind === Kind.OPERATION_DEFINITION ? [one.name?.value] : [],
    )
  } catch {
    return []
  }
}

/** "email and tasks:read, or email and tasks:write"; empty when no scope is asked for. */
export function scopesInWords(sets: readonly (readonly string[])[]): string {
  return sets.map((all) => all.join(' and ')).join(', or ')
}
