import {
  type ExecutionResult,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  locatedError,
} from 'graphql'
import {
  type CompiledField,
  type CompiledOperation,
  missingValue,
  type Shape,
  type Variables,
} from './compile.ts'
import { type Container, drop, isDetached, linkPath, openContainer, pathOf } from './container.ts'

/**
 * Handles the outcome of a field, or of an item of its list, at a key of a container.
 * @returns false when an error has removed the container.
 */
type Step<Kind extends Shape = Shape> = (
  container: Container,
  key: string | number,
  field: CompiledField,
  shape: Kind,
  outcome: unknown,
) => boolean

/**
 * Executes a compiled operation. It gives the same result as a complete executor
 * (server/contract/json-post.test.ts compares them). It is faster because it decides nothing that was
 * decided when the operation was compiled, and creates promises only where a resolver does.
 *
 * `variables` are coerced values.
 * @returns undefined for a query with several errors of which one has removed a part of the response:
 * which of them a complete executor reports, and in which order, depends on its promises.
 */
export function executeCompiled(
  { schema, operation, fragments, fields }: CompiledOperation,
  context: unknown,
  variables: Variables,
): Promise<ExecutionResult | undefined> {
  const errors: GraphQLError[] = []
  const root = openContainer({}, undefined, '', true)
  const isSerial = operation.operation === 'mutation'
  let failures = 0
  let hasDropped = false
  let pending = 0
  let onSettled = () => {}

  /** False: the error of a field has removed this container, so its other fields are not executed. */
  function executeFields(
    container: Container,
    selected: CompiledField[],
    parent: unknown,
  ): boolean {
    return selected.every((field) => executeField(container, field, parent))
  }

  function executeField(container: Container, field: CompiledField, parent: unknown): boolean {
    const { responseKey, resolve, shape } = field
    try {
      const args = field.argumentsFor(variables)
      // The info of a field costs more than most resolvers, which do not read it.
      const info = resolve.length < 4 ? undefined : describeField(field, container)
      const value = resolve(parent, args, context, info as GraphQLResolveInfo)
      return complete(container, responseKey, field, shape, value)
    } catch (error) {
      return fail(container, responseKey, field, shape, error)
    }
  }

  /** Writes the value at the key of the container, now or when its promise resolves. */
  const complete: Step = (container, key, field, shape, value) => {
    if (!isPromise(value)) return write(container, key, field, shape, value)
    container.values[key] = null // keeps the order of the fields
    pending++
    const settle = (step: Step) => (outcome: unknown) => {
      step(container, key, field, shape, outcome)
      if (--pending === 0) onSettled()
    }
    value.then(settle(write), settle(fail))
    return true
  }

  const write: Step = (container, key, field, shape, value) => {
    if (container.isDropped) return false
    try {
      if (value instanceof Error) throw value
      if (value === null || value === undefined) {
        if (!shape.isNullable) throw missingValue(field)
        container.values[key] = null
        return true
      }
      if (shape.kind === 'leaf') {
        container.values[key] = serialize(shape, value)
        return true
      }
      if (shape.kind === 'list') return writeList(container, key, field, shape, value)
      const selected =
        shape.kind === 'object' ? shape.fields : shape.fieldsOf(typeOf(shape, value, field))
      const child = openContainer({}, container, key, shape.isNullable)
      container.values[key] = child.values
      return executeFields(child, selected, value) || !container.isDropped
    } catch (error) {
      return fail(container, key, field, shape, error)
    }
  }

  const writeList: Step<Shape & { kind: 'list' }> = (container, key, field, shape, value) => {
    if (!Array.isArray(value)) {
      const place = `${field.parentType.name}.${field.definition.name}`
      throw new GraphQLError(`Expected Iterable, but did not find one for field "${place}".`)
    }
    const items: unknown[] = []
    const child = openContainer(items as never, container, key, shape.isNullable)
    container.values[key] = items
    const isWhole = value.every((item, index) => complete(child, index, field, shape.item, item))
    return isWhole || !container.isDropped
  }

  function typeOf(
    { abstract }: Shape & { kind: 'abstract' },
    value: unknown,
    field: CompiledField,
  ): GraphQLObjectType {
    const found = schema
      .getPossibleTypes(abstract)
      .find((type) => type.isTypeOf?.(value, context, undefined as never) === true)
    if (found) return found
    const place = `${field.parentType.name}.${field.definition.name}`
    throw new GraphQLError(`Cannot find the type of the value of field "${place}".`)
  }

  /** Records the error of the field. */
  const fail: Step = (container, key, { nodes }, { isNullable }, error) => {
    failures++
    if (isDetached(container)) return false
    errors.push(locatedError(error, nodes, [...pathOf(container), key]))
    if (isNullable) {
      container.values[key] = null
      return true
    }
    drop(container)
    hasDropped = true
    return false
  }

  function describeField(field: CompiledField, container: Container): GraphQLResolveInfo {
    const { definition, nodes, parentType, responseKey } = field
    return {
      fieldName: definition.name,
      fieldNodes: nodes,
      returnType: definition.type,
      parentType,
      path: linkPath(container, responseKey, parentType.name),
      schema,
      fragments,
      rootValue: undefined,
      operation,
      variableValues: variables,
    }
  }

  return new Promise((resolve, reject) => {
    const finish = () => {
      if (!isSerial && hasDropped && failures > 1) return resolve(undefined)
      const data = root.isDropped ? null : root.values
      resolve(errors.length > 0 ? { errors, data } : { data })
    }
    /** Mutations run one after the other, queries concurrently. */
    const start = (next: number) => {
      for (let at = next; at < fields.length && !root.isDropped; at++) {
        const field = fields[at]
        if (field) executeField(root, field, undefined)
        if (!isSerial || pending === 0) continue
        onSettled = () => start(at + 1)
        return
      }
      if (pending === 0) finish()
      else onSettled = finish
    }
    try {
      start(0)
    } catch (error) {
      reject(error)
    }
  })
}

function serialize({ leaf }: Shape & { kind: 'leaf' }, value: unknown): unknown {
  const serialized = leaf.serialize(value)
  if (serialized !== null && serialized !== undefined) return serialized
  throw new Error(`The scalar ${leaf.name} cannot represent the value.`)
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise
}
