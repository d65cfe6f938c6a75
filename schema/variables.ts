import {
  coerceInputValue,
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputType,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql'
import { maxFaults } from './document.ts'
import { badUserInput } from './errors.ts'
import { shorten } from './shorten.ts'

type Variables = Readonly<Record<string, unknown>>
type Path = readonly (string | number)[]

/** Thrown to stop the coercion after enough errors. */
const enough = new Error('Enough faults were found.')

/**
 * Finds at most ten variables with invalid values. graphql-js would report all of them, each with
 * the whole value. Missing variables are left to graphql-js.
 */
export function findVariableFaults(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Variables,
): GraphQLError[] {
  const faults: GraphQLError[] = []
  try {
    for (const definition of variableDefinitions) {
      checkVariable(schema, definition, variables, (fault) => {
        if (faults.push(fault) >= maxFaults) throw enough
      })
    }
  } catch (error) {
    if (error !== enough) throw error
  }
  return faults
}

function checkVariable(
  schema: GraphQLSchema,
  definition: VariableDefinitionNode,
  variables: Variables,
  report: (fault: GraphQLError) => void,
): void {
  const name = definition.variable.name.value
  const type = typeFromAST(schema, definition.type)
  if (!isInputType(type) || !Object.hasOwn(variables, name)) return
  const value = variables[name]
  if (value === null || value === undefined) return
  coerceInputValue(value, type as GraphQLInputType, (path, invalid, { message }) =>
    report(refuseValue({ definition, path, invalid, message })),
  )
}

type Fault = { definition: VariableDefinitionNode; path: Path; invalid: unknown; message: string }

/** The message of graphql-js, with the value shortened. */
function refuseValue({ definition, path, invalid, message }: Fault): GraphQLError {
  const name = definition.variable.name.value
  const place = path.length > 0 ? ` at "${shorten(name + printPath(path))}"` : ''
  const value = shorten(JSON.stringify(invalid) ?? String(invalid))
  const [, missing] = /^Field "(\w{1,200})" (?:of required type|is not defined)/.exec(message) ?? []
  const field = missing ?? path.findLast((key) => typeof key === 'string') ?? name
  const text = `Variable "$${name}" got invalid value ${value}${place}; ${shorten(message)}`
  const { extensions } = badUserInput(text, String(field))
  return new GraphQLError(text, {
    nodes: definition,
    extensions: { ...extensions, http: { status: 400 } },
  })
}

function printPath(path: Path): string {
  return path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')
}
