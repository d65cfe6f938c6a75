import { getIntrospectionQuery, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { costOf } from './cost.ts'

describe('the cost of an operation', () => {
  it.each<[what: string, document: string, cost: number]>([
    ['1 for each field', '{ viewer { id scopes } }', 3],
    ['a page once for each task of the page', '{ tasks(first: 50) { nodes { id title } } }', 151],
    ['the last page of a list in the same way', '{ tasks(last: 50) { edges { cursor } } }', 101],
    ['20 tasks without a page size', '{ tasks { nodes { id } } }', 41],
    [
      '100 tasks at most, since more is refused',
      '{ tasks(first: 2147483647) { totalCount } }',
      101,
    ],
    ['a list without a size as 100 elements', '{ labels { name taskCount } }', 201],
    ['nodes by the number of ids', '{ nodes(ids: ["a", "b", "c"]) { id } }', 4],
    ['each alias', '{ a: viewer { id } b: viewer { id } }', 4],
    [
      'a fragment each time it is spread',
      '{ a: tasks(first: 10) { ...f } b: tasks(first: 10) { ...f } } fragment f on TaskConnection { nodes { id } }',
      42,
    ],
    ['300 for a mutation', 'mutation { deleteCompletedTasks { deletedTaskIds } }', 301],
    [
      '1,600 for checking another document',
      '{ operationAccess(document: "{ labels }") { allowed } }',
      1_601,
    ],
    ['500 for introspection', getIntrospectionQuery(), 501],
    ['introspection under an alias', '{ a: __type(name: "Task") { name } }', 501],
  ])('counts %s', (_what, document, cost) => {
    expect(costOf({ document: parse(document) })).toBe(cost)
  })

  const paged = parse('query ($n: Int = 100) { tasks(first: $n) { nodes { id } } }')

  it('depends on variables and their defaults, also for a cached document', () => {
    const costs = [{ n: 10 }, {}, { n: 10 }, { n: null }].map((variables) =>
      costOf({ document: paged, variables }),
    )
    expect(costs).toEqual([21, 201, 21, 41])
  })

  it('depends on the length of a list in a variable', () => {
    const document = parse('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }')
    const costs = [['a'], ['a', 'b']].map((ids) => costOf({ document, variables: { ids } }))
    expect(costs).toEqual([2, 3])
  })

  it('is that of the named operation', () => {
    const document = parse('query a { viewer { id } } query b { viewer { id scopes } }')
    expect(costOf({ document, operationName: 'a' })).toBe(2)
    expect(costOf({ document, operationName: 'b' })).toBe(3)
  })

  it('is undefined when execution would refuse the operation', () => {
    expect(costOf({ document: paged, variables: { n: 'a' } })).toBeUndefined()
    expect(costOf({ document: paged, operationName: 'other' })).toBeUndefined()
  })

  it('is computed for fragments that double each other, without visiting each of the 2^60 spreads', () => {
    const fragments = Array.from(
      { length: 60 },
      (_, n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`,
    ).join(' ')
    const document = parse(`{ ...f0 } ${fragments} fragment f60 on Query { viewer { id } }`)
    expect(costOf({ document })).toBeGreaterThan(1e15)
  })
})
