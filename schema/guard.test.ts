import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { explainBreaks, findBreaks, withoutRecord } from './guard.ts'
import { sdl } from './index.ts'

const folder = new URL('../docs/decisions/', import.meta.url)

describe('the contract', () => {
  it('has no breaking change without a decision record', async () => {
    const released = await readFile(new URL('released.graphql', import.meta.url), 'utf8')
    const records = await Promise.all(
      (await readdir(folder)).map(async (name) => ({
        number: Number.parseInt(name, 10),
        text: await readFile(new URL(name, folder), 'utf8'),
      })),
    )
    const breaks = withoutRecord(await findBreaks(released, sdl), records, released)
    expect(breaks, explainBreaks(breaks)).toEqual([])
  })
})

const directives = `
  directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE
  directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE
`
const contract = (fields: string, rest = '') => `${directives} type Query { ${fields} } ${rest}`
const scoped = (scopes: string) => contract(`notes: Int @requiresScopes(scopes: ${scopes})`)

describe('findBreaks', () => {
  it.each<[change: string, before: string, after: string, coordinate: string]>([
    ['a removed field', contract('a: Int b: Int'), contract('a: Int'), 'Query.b'],
    ['a changed field type', contract('a: Int'), contract('a: String'), 'Query.a'],
    ['a field that became nullable', contract('a: Int!'), contract('a: Int'), 'Query.a'],
    ['a removed argument', contract('a(b: Int): Int'), contract('a: Int'), 'Query.a.b'],
    ['a new required argument', contract('a: Int'), contract('a(b: Int!): Int'), 'Query.a.b'],
    [
      'a removed enum value',
      contract('a: E', 'enum E { X Y }'),
      contract('a: E', 'enum E { X }'),
      'E.Y',
    ],
    [
      'a new required input field',
      contract('a(i: I): Int', 'input I { x: Int }'),
      contract('a(i: I): Int', 'input I { x: Int y: Int! }'),
      'I.y',
    ],
    ['a removed type', contract('a: Int', 'type T { x: Int }'), contract('a: Int'), 'T'],
  ])('finds %s', async (_change, before, after, coordinate) => {
    expect(await findBreaks(before, before)).toEqual([])
    expect((await findBreaks(before, after)).map(({ coordinate }) => coordinate)).toEqual([
      coordinate,
    ])
  })

  it.each<[change: string, before: string, after: string]>([
    ['a new field', contract('a: Int'), contract('a: Int b: Int')],
    ['a new optional argument', contract('a: Int'), contract('a(b: Int): Int')],
    ['a deprecation', contract('a: Int b: Int'), contract('a: Int b: Int @deprecated')],
    ['a new description', contract('a: Int'), contract('"Said." a: Int')],
    ['a rule in another order', scoped('[["a", "b"], ["c"]]'), scoped('[["c"], ["b", "a"]]')],
    ['a rule with a redundant alternative', scoped('[["a"]]'), scoped('[["a"], ["a", "b"]]')],
  ])('accepts %s', async (_change, before, after) => {
    expect(await findBreaks(before, after)).toEqual([])
  })

  const open = contract('notes: Int')
  const authenticated = contract('notes: Int @authenticated')
  it.each<[before: string, after: string, explanations: string[]]>([
    [open, authenticated, ['Its rule is narrower: no longer open to callers without a token.']],
    [authenticated, open, ['Its rule is wider: now open to callers without a token.']],
    [scoped('[["a"]]'), authenticated, ['Its rule is wider: now open to tokens without a scope.']],
    [
      authenticated,
      scoped('[["a"]]'),
      ['Its rule is narrower: no longer open to tokens without a scope.'],
    ],
    [
      scoped('[["a"]]'),
      scoped('[["a"], ["b"]]'),
      ['Its rule is wider: now open to tokens with b only.'],
    ],
    [
      scoped('[["a"], ["b"]]'),
      scoped('[["a"]]'),
      ['Its rule is narrower: no longer open to tokens with b only.'],
    ],
    [
      scoped('[["a"]]'),
      scoped('[["b"]]'),
      [
        'Its rule is wider: now open to tokens with b only.',
        'Its rule is narrower: no longer open to tokens with a only.',
      ],
    ],
    [
      scoped('[["a"]]'),
      scoped('[["a", "b"]]'),
      ['Its rule is narrower: no longer open to tokens with a only.'],
    ],
  ])('explains who is newly allowed or refused (%#)', async (before, after, explanations) => {
    expect(await findBreaks(before, after)).toEqual(
      explanations.map((explanation) => ({ coordinate: 'Query.notes', explanation })),
    )
  })

  it('finds a changed rule on a type', async () => {
    const type = (rule: string) => contract('a: T', `type T ${rule} { x: Int }`)
    const breaks = await findBreaks(type('@requiresScopes(scopes: [["a"]])'), type(''))
    expect(breaks.map(({ coordinate }) => coordinate)).toEqual(['T.x'])
  })
})

describe('a decision record', () => {
  const breaks = [
    { coordinate: 'Query.a', explanation: 'Gone.' },
    { coordinate: 'Query.ab', explanation: 'Gone.' },
  ]
  const text = '# 15. A reason\n\nBecause.\n\nBreaking: Query.a\n'

  it('allows the breaks that it lists, and no others', () => {
    const left = withoutRecord(breaks, [{ number: 15, text }], '# It knows the records up to 14.')
    expect(left).toEqual([breaks[1]])
  })

  it('allows nothing after the break was released', () => {
    const left = withoutRecord(breaks, [{ number: 15, text }], '# It knows the records up to 15.')
    expect(left).toEqual(breaks)
  })

  it('is requested when there is none', () => {
    const explanation = explainBreaks(breaks.slice(0, 1))
    expect(explanation).toContain('  Query.a: Gone.')
    expect(explanation).toContain('"Breaking: Query.a"')
  })
})
