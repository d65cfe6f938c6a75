import { readFile } from 'node:fs/promises'
import {
  assertValidSchema,
  buildSchema,
  type GraphQLNamedType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { parseRule } from './access.ts'
import { schema, sdl } from './index.ts'

describe('the schema', () => {
  it('equals schema.graphql (npm run generate writes it)', async () => {
    expect(await readFile(new URL('schema.graphql', import.meta.url), 'utf8')).toBe(sdl)
  })

  it('prints valid schema definition language', () => {
    expect(() => assertValidSchema(buildSchema(sdl))).not.toThrow()
  })

  it('describes every type, field, argument, input field, enum value and directive', () => {
    const elements = [...ownTypes.flatMap(elementsOfType), ...directives.flatMap(elementsOf)]
    expect(elements.length).toBeGreaterThan(100)
    expect(elements.filter(({ description }) => !description?.trim())).toEqual([])
  })

  it('has an access rule on every root field', () => {
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
    const fields = roots.flatMap((type) => Object.values(type?.getFields() ?? {}))
    const withoutRule = fields.filter(({ extensions }) => !parseRule(extensions.rule))
    expect(withoutRule.map(({ name }) => name)).toEqual([])
  })

  it('returns from every mutation a payload of its own', () => {
    const fields = Object.values(schema.getMutationType()?.getFields() ?? {})
    const payloads = fields.map(({ type }) => getNamedType(type).name)
    const expected = fields.map(({ name }) => `${name[0]?.toUpperCase()}${name.slice(1)}Payload`)
    expect(payloads).toEqual(expected)
  })
})

type Element = { name: string; description: string | null | undefined }
type WithArguments = Element & { args: readonly Element[] }

const ownTypes = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
)
const directives = schema.getDirectives().filter((directive) => !isSpecifiedDirective(directive))

function elementsOf({ name, description, args }: WithArguments): Element[] {
  return [{ name, description }, ...args.map((arg) => within(name, arg))]
}

function elementsOfType(type: GraphQLNamedType): Element[] {
  const { name, description } = type
  return [{ name, description }, ...membersOf(type).map((member) => within(name, member))]
}

function membersOf(type: GraphQLNamedType): Element[] {
  if (isEnumType(type)) return [...type.getValues()]
  if (isInputObjectType(type)) return Object.values(type.getFields())
  if (isObjectType(type) || isInterfaceType(type)) {
    return Object.values(type.getFields()).flatMap(elementsOf)
  }
  return []
}

function within(parent: string, { name, description }: Element): Element {
  return { name: `${parent}.${name}`, description }
}
