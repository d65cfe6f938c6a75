import { describe, expect, it } from 'vitest'
import { shorten } from './shorten.ts'

describe('shorten', () => {
  it('keeps 200 characters', () => {
    expect(shorten('a'.repeat(200))).toBe('a'.repeat(200))
  })

  it('keeps the beginning and the end of a longer text', () => {
    const text = shorten(`begin${'a'.repeat(50_000)}end`)
    expect(text).toMatch(/^begina+ … a+end$/)
    expect(text.length).toBeLessThan(210)
  })

  it('splits no character', () => {
    expect(shorten('x😀'.repeat(1_000)).isWellFormed()).toBe(true)
  })
})
