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

/** A change that a program which works today could notice, or a rule that lets others in. */
export type Break = { coordinate: string; explanation: string }

/** What has changed for the worse between two contracts, both in schema definition language. */
export async function findBreaks(released: string, current: string): Promise<Break[]> {
  const before = buildSchema(released)
  const after = buildSchema(current)
  const changes = await diff(before, after)
  const breaking = changes
    .filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    // What the directives of ours mean is compared below: whom a field is open to.
    .filter(({ type }) => !String(type).startsWith('DIRECTIVE_USAGE'))
    .map(({ path = 'schema', message }) => ({ coordinate: path, explanation: `${message}.` }))
  return [...breaking, ...compareRules(before, after)]
}

/**
 * Those that no record stands for. A record in docs/decisions does with a line
 * `Breaking: Type.field`, if it is newer than the release.
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

/** For whoever has to decide what to do about it. */
export function explainBreaks(breaks: Break[]): string {
  const list = breaks.map(({ coordinate, explanation }) => `  ${coordinate}: ${explanation}`)
  return [
    'Programs that work today would notice:',
    ...list,
    'Keep what was released: add the new beside the old, and mark the old as @deprecated for three months.',
    `If it must be, say why in a new record in docs/decisions, with a line each: ${breaks.map(({ coordinate }) => `"Breaking: ${coordinate}"`).join(', ')}.`,
  ].join('\n')
}

function compareRules(before: GraphQLSchema, after: GraphQLSchema): Break[] {
  return fieldsOf(before).flatMap(({ type, field }) => {
    const later = fieldIn(after, type.name, field.name)
    if (!later) return [] // told by the other comparison
    const [asked, asks] = [needIn(before, type, field), needIn(after, later.type, later.field)]
    const coordinate = `${type.name}.${field.name}`
    return explainRule(asked, asks).map((explanation) => ({ coordinate, explanation }))
  })
}

/** What opened, and what closed. */
function explainRule(asked: Need, asks: Need): string[] {
  const opened = callersOf(asks).filter((held) => !meetsNeed(held, asked))
  const closed = callersOf(asked).filter((held) => !meetsNeed(held, asks))
  return [
    ...opened.map((held) => `Its rule is wider: now open to ${nameOf(held)}.`),
    ...closed.map((held) => `Its rule is narrower: no longer open to ${nameOf(held)}.`),
  ]
}

/** The least that is let in: whoever has more is let in as well. */
function callersOf({ token, scopes }: Need): (readonly string[] | undefined)[] {
  return token ? [...scopes] : [undefined]
}

function nameOf(held: readonly string[] | undefined): string {
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

/** What the directives on a field and on its type ask for together. */
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
