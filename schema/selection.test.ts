import { buildSchema, execute, type GraphQLResolveInfo, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { bySelection, type Selection } from './selection.ts'

const schema = buildSchema('type Query { a: A } type A { b: A c: Int d: Int }')

describe('bySelection', () => {
  it.each([
    ['fields by their name, whatever their alias', '{ a { x: c b { y: c } b { d } } }', 'b{c,d},c'],
    ['fields of fragments', '{ a { ...F ... on A { d } } } fragment F on A { c }', 'c,d'],
    ['fields of all occurrences of the field', '{ a { c } a { d } }', 'c,d'],
    ['__typename', '{ a { __typename } }', '__typename'],
  ])('gives %s', (_what, document, expected) => {
    expect(selected(document)).toBe(expected)
  })

  it('leaves out what a variable skips, each time anew', () => {
    const ask = createAsk()
    const document = parse(
      'query ($yes: Boolean!) { a { c @include(if: $yes) ...F @skip(if: $yes) } } fragment F on A { d }',
    )
    expect(ask(document, { yes: true })).toBe('c')
    expect(ask(document, { yes: false })).toBe('d')
  })

  it('derives once for each document', () => {
    let count = 0
    const ask = createAsk(() => count++)
    const document = parse('{ a { c } }')
    for (let n = 0; n < 3; n++) ask(document)
    expect(count).toBe(1)
    ask(parse('{ a { c } }'))
    expect(count).toBe(2)
  })
})

function selected(document: string): string {
  return createAsk()(parse(document))
}

/** Executes a document, and returns the selection below `a`. */
function createAsk(onDerive = () => {}) {
  const read = bySelection((selection) => {
    onDerive()
    return print(selection)
  })
  return (document: ReturnType<typeof parse>, variableValues = {}): string => {
    let found = ''
    const a = (_args: unknown, _context: unknown, info: GraphQLResolveInfo) => {
      found = read(info)
      return null
    }
    execute({ schema, document, variableValues, rootValue: { a } })
    return found
  }
}

function print(selection: Selection): string {
  return [...selection]
    .map(([name, below]) => (below.size > 0 ? `${name}{${print(below)}}` : name))
    .sort()
    .join()
}
