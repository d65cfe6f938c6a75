import { describe, expect, it } from 'vitest'
import { combineNeeds, leastToAdd, meetsNeed, type Need } from './operation-needs.ts'

const need = (...scopes: string[][]): Need => ({ token: true, scopes })

describe('combineNeeds', () => {
  it.each<[needs: string[][][], together: string[][]]>([
    [[], [[]]],
    [[[['a']]], [['a']]],
    [[[['a']], [['b']]], [['a', 'b']]],
    [[[['a'], ['b']], [['b']]], [['b']]],
    [
      [
        [['a'], ['b']],
        [['a'], ['b']],
      ],
      [['a'], ['b']],
    ],
    [
      [[['a'], ['b']], [['c']]],
      [
        ['a', 'c'],
        ['b', 'c'],
      ],
    ],
    [[[['a', 'b']], [['b'], ['c']]], [['a', 'b']]],
    [[[[]], [['a']]], [['a']]],
  ])('combines %j to any of %j', (needs, together) => {
    expect(combineNeeds(needs.map((scopes) => need(...scopes))).scopes).toEqual(together)
  })

  it('is met by exactly the scopes that meet each need', () => {
    const needs = [need(['a'], ['b']), need(['b', 'c'], ['a']), need(['c'], ['d'])]
    const whole = combineNeeds(needs)
    for (const held of subsetsOf(['a', 'b', 'c', 'd'])) {
      expect(meetsNeed(held, whole)).toBe(needs.every((need) => meetsNeed(held, need)))
    }
  })
})

describe('leastToAdd', () => {
  it.each([
    [[['a'], ['b']], [], ['a']],
    [[['a'], ['b']], ['b'], ['b']],
    [[['a', 'b'], ['c']], ['a'], ['a', 'b']],
    [[['a', 'b'], ['c']], [], ['c']],
    [[[]], ['a'], []],
    [[], ['a'], []],
  ])('for any of %j, with %j held: %j', (scopes, held, least) => {
    expect(leastToAdd(need(...scopes), held)).toEqual(least)
  })
})

function subsetsOf(scopes: string[]): string[][] {
  return scopes.reduce<string[][]>(
    (sets, scope) => sets.concat(sets.map((set) => [...set, scope])),
    [[]],
  )
}
