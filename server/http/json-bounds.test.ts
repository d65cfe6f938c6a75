import { describe, expect, it } from 'vitest'
import { findExcess } from './json-bounds.ts'

const bounds = { values: 3, depth: 2 }
const levelsOf = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))

describe('findExcess', () => {
  it.each([[undefined], [null], ['a'], [[1, 2, 3]], [{ a: 1, b: [1] }], [levelsOf(3)]])(
    'accepts %j',
    (value) => {
      expect(findExcess('variables', value, bounds)).toBeUndefined()
    },
  )

  it.each([[[1, 2, 3, 4]], [{ a: 1, b: 2, c: 3, d: 4 }], [[[1, 2, 3]]]])(
    'rejects too many values in %j',
    (value) => {
      expect(findExcess('variables', value, bounds)).toBe('variables has more than 3 values.')
    },
  )

  it('rejects 12 and 50,000 levels where 10 are allowed', () => {
    const levels = { values: 100_000, depth: 10 }
    for (const value of [levelsOf(12), levelsOf(50_000)]) {
      expect(findExcess('variables', value, levels)).toBe('variables has more than 10 levels.')
    }
  })
})
