import { CriticalityLevel, diff } from '@graphql-inspector/core'
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getDirectiveValues,
  isInterfaceType,
  isObjectType,
} from 'graphql'
import { combineNeeds, meetsNeed, type Need, needOf } from './operation-needs.ts'

/** A change that can break an existing program, or a changed access rule. */
export type Break = { coordinate: string; explanation: string }

/** Finds breaking changes between two contracts, both in schema definition language. */
export async function findBreaks(released: string, current: string): Promise<Break[]> {
  const before = buildSchema(released)
  const after = buildSchema(current)
  const changes = await diff(before, after)
  const breaking = changes
    .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    // compareRules compares the meaning of our directives.
    .filter(({ type }) => !String(type).startsWith('DIRECTIVE_USAGE'))
    .map(({ path = 'schema', message }) => ({ coordinate: path, explanation: `${message}.` }))
  return [...breaking, ...compareRules(before, after)]
}

/**
 * The breaks that no decision record allows. A record in docs/decisions allows one with the line
 * `Breaking: Type.field`, if the record is newer than the release.
 */
export function withoutRecord(
  breaks: Break[],
  records: DecisionRecord[],
  released: string,
): Break[] {
  const lastReleased = Number(/^# .* up to (\d+)/.exec(released)?.[1] ?? 0)
  const allowed = records
    .filter(({ number }) => number > lastReleased)
    .flatMap(({ text }) => [...text.matchAll(/^Breaking: (\S+)$/gm)].map(([, name]) => name))
  return breaks.filter(({ coordinate }) => !allowed.includes(coordinate))
}

type DecisionRecord = { number: number; text: string }

/** The message for the developer, with what to do. */
export function explainBreaks(breaks: Break[]): string {
  const list = breaks.map(({ coordinate, explanation }) => `  ${coordinate}: ${explanation}`)
  return [
    'These changes can break existing programs:',
    ...list,
    'Keep the released contract: add the new element, and mark the old one as @deprecated for three months.',
    `If the break is necessary, explain it in a new record in docs/decisions, with one line for each: ${breaks.map(({ coordinate }) => `"Breaking: ${coordinate}"`).join(', ')}.`,
  ].join('\n')
}

function compareRules(before: GraphQLSchema, after: GraphQLSchema): Break[] {
  return fieldsOf(before).flatMap(({ type, field }) => {
    const later = fieldIn(after, type.name, field.name)
    if (!later) return [] // reported by the other comparison
    const oldNeed = needIn(before, type, field)
    const newNeed = needIn(after, later.type, later.field)
    const coordinate = `${type.name}.${field.name}`
    return explainRule(oldNeed, newNeed).map((explanation) => ({ coordinate, explanation }))
  })
}

/** Which callers are allowed now, and which are refused now. */
function explainRule(oldNeed: Need, newNeed: Need): string[] {
  const opened = callersOf(newNeed).filter((held) => !meetsNeed(held, oldNeed))
  const closed = callersOf(oldNeed).filter((held) => !meetsNeed(held, newNeed))
  return [
    ...opened.map((held) => `Its rule is wider: now open to ${describeCaller(held)}.`),
    ...closed.map((held) => `Its rule is narrower: no longer open to ${describeCaller(held)}.`),
  ]
}

/** The smallest sets of scopes that meet the need. Undefined: no token. */
function callersOf({ token, scopes }: Need): (readonly string[] | undefined)[] {
  return token ? [...scopes] : [undefined]
}

function describeCaller(held: readonly string[] | undefined): string {
  if (!held) return 'callers without a token'
  return held.length === 0 ? 'tokens without a scope' : `tokens with ${held.join(' and ')} only`
}

type FieldsType = GraphQLObjectType | GraphQLInterfaceType
type Place = { type: FieldsType; field: GraphQLField<unknown, unknown> }

function fieldsOf(schema: GraphQLSchema): Place[] {
  return Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) || isInterfaceType(type)
      ? Object.values(type.getFields()).map((field) => ({ type, field }))
      : [],
  )
}

function fieldIn(schema: GraphQLSchema, typeName: string, name: string): Place | undefined {
  return fieldsOf(schema).find(({ type, field }) => type.name === typeName && field.name === name)
}

/** The combined need of the directives on a field and on its type. */
function needIn(schema: GraphQLSchema, { astNode: typeNode }: FieldsType, field: Place['field']) {
  const needs = [typeNode, field.astNode].flatMap((node) => {
    const valuesOf = (name: string) => {
      const directive = schema.getDirective(name)
      return directive && node ? getDirectiveValues(directive, node) : undefined
    }
    const scopes = valuesOf('requiresScopes')?.scopes as string[][] | undefined
    return [
      ...(valuesOf('authenticated') ? [needOf({ authenticated: true })] : []),
      ...(scopes ? [{ token: true, scopes }] : []),
    ]
  })
  return combineNeeds(needs)
}
