import { getIntrospectionQuery, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { costOf } from './cost.ts'

describe('the cost of an operation', () => {
  it.each<[what: string, document: string, cost: number]>([
    ['a field each', '{ viewer { id scopes } }', 3],
    ['a page as often as it is long', '{ tasks(first: 50) { nodes { id title } } }', 151],
    ['the last of a list likewise', '{ tasks(last: 50) { edges { cursor } } }', 101],
    ['20 where no size is given', '{ tasks { nodes { id } } }', 41],
    ['100 at most, for more is refused', '{ tasks(first: 2147483647) { totalCount } }', 101],
    ['a list without a size 100 times', '{ labels { name taskCount } }', 201],
    ['nodes by the number of ids', '{ nodes(ids: ["a", "b", "c"]) { id } }', 4],
    ['each alias anew', '{ a: viewer { id } b: viewer { id } }', 4],
    [
      'a fragment wherever it is spread',
      '{ a: tasks(first: 10) { ...f } b: tasks(first: 10) { ...f } } fragment f on TaskConnection { nodes { id } }',
      42,
    ],
    ['300 for a write', 'mutation { deleteCompletedTasks { deletedTaskIds } }', 301],
    [
      '1,600 for reading another document',
      '{ operationAccess(document: "{ labels }") { allowed } }',
      1_601,
    ],
    ['500 for introspection', getIntrospectionQuery(), 501],
    ['introspection by another name, too', '{ a: __type(name: "Task") { name } }', 501],
  ])('counts %s', (_what, document, cost) => {
    expect(costOf({ document: parse(document) })).toBe(cost)
  })

  const paged = parse('query ($n: Int = 100) { tasks(first: $n) { nodes { id } } }')

  it('follows variables and their defaults, also when it remembers the document', () => {
    const costs = [{ n: 10 }, {}, { n: 10 }, { n: null }].map((variables) =>
      costOf({ document: paged, variables }),
    )
    expect(costs).toEqual([21, 201, 21, 41])
  })

  it('follows the length of a list in a variable', () => {
    const document = parse('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }')
    const costs = [['a'], ['a', 'b']].map((ids) => costOf({ document, variables: { ids } }))
    expect(costs).toEqual([2, 3])
  })

  it('is that of the operation that was chosen', () => {
    const document = parse('query a { viewer { id } } query b { viewer { id scopes } }')
    expect(costOf({ document, operationName: 'a' })).toBe(2)
    expect(costOf({ document, operationName: 'b' })).toBe(3)
  })

  it('is unknown where executing will refuse', () => {
    expect(costOf({ document: paged, variables: { n: 'a' } })).toBeUndefined()
    expect(costOf({ document: paged, operationName: 'other' })).toBeUndefined()
  })

  it('is found fast in fragments that double each other', () => {
    const fragments = Array.from(
      { length: 60 },
      (_, n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`,
    ).join(' ')
    const document = parse(`{ ...f0 } ${fragments} fragment f60 on Query { viewer { id } }`)
    const start = performance.now()
    expect(costOf({ document })).toBeGreaterThan(1e15)
    expect(performance.now() - start).toBeLessThan(100)
  })
})
