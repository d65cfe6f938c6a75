import { describe, expect, it } from 'vitest'
import { createExcerpt } from './excerpt.ts'

const read = (text: string, terms: string[]) =>
  createExcerpt(text, terms)
    .map(({ part, isMatch }) => (isMatch ? `[${part}]` : part))
    .join('')

describe('createExcerpt', () => {
  it.each([
    ['Leaves and water.', ['water'], 'Leaves and [water].'],
    ['Leaves and Water, water.', ['water', 'leaves'], '[Leaves] and [Water], [water].'],
    ['A heading matched.', ['tea'], 'A heading matched.'],
    ['A heading matched.', [], 'A heading matched.'],
    ['Costs (a+b) points.', ['(a+b)'], 'Costs [(a+b)] points.'],
    ['', ['tea'], ''],
  ])('marks the terms in “%s”', (text, terms, expected) => {
    expect(read(text, terms)).toBe(expected)
  })

  it('begins at a word before the first match, and says where text is left out', () => {
    const text = `${'word '.repeat(50)}tea ${'word '.repeat(50)}`.trim()
    expect(read(text, ['tea'])).toMatch(/^… (word ){7}\[tea\] (word ){18}.* …$/)
  })
})
