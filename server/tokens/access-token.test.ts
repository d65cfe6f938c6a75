import { describe, expect, it } from 'vitest'
import { createAccessToken, isAccessToken, isWellFormed } from './access-token.ts'

describe('an access token', () => {
  it('is recognized by its prefix', () => {
    expect(createAccessToken()).toMatch(/^taskward_[A-Za-z0-9]{38}$/)
    expect(isAccessToken(createAccessToken())).toBe(true)
    expect(['', 'eyJh.eyJz.c2ln', 'Taskward_', 'ghp_abc'].filter(isAccessToken)).toEqual([])
  })

  it('is different each time', () => {
    expect(new Set(Array.from({ length: 1_000 }, createAccessToken)).size).toBe(1_000)
  })

  it('has a correct checksum', () => {
    expect(Array.from({ length: 1_000 }, createAccessToken).filter(isWellFormed)).toHaveLength(
      1_000,
    )
  })

  it('ends in the CRC-32 of the characters before, in base 62', () => {
    expect(isWellFormed(`taskward_${'A'.repeat(32)}2ApOIc`)).toBe(true)
  })

  it('is malformed when one character is changed', () => {
    const token = createAccessToken()
    const changed = [...token].map((character, n) =>
      replaceAt(token, n, character === 'a' ? 'b' : 'a'),
    )
    expect(changed.filter(isWellFormed)).toEqual([])
  })

  it.each<[string, (token: string) => string]>([
    ['cut short', (token) => token.slice(0, -1)],
    ['with an extra character', (token) => `${token}a`],
    ['with a line break at the end', (token) => `${token}\n`],
    ['in capitals', (token) => token.toUpperCase()],
    ['without its prefix', (token) => token.slice(9)],
    ['with its prefix twice', (token) => `taskward_${token}`],
    ['with a look-alike letter', (token) => replaceAt(token, 12, 'а')],
  ])('is malformed %s', (_change, change) => {
    expect(isWellFormed(change(createAccessToken()))).toBe(false)
  })
})

function replaceAt(text: string, n: number, character: string): string {
  return text.slice(0, n) + character + text.slice(n + 1)
}
