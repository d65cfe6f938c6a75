import { describe, expect, it } from 'vitest'
import { createAccessToken, isAccessToken, isWellFormed } from './access-token.ts'

describe('an access token', () => {
  it('can be told from everything else by how it begins', () => {
    expect(createAccessToken()).toMatch(/^taskward_[A-Za-z0-9]{38}$/)
    expect(isAccessToken(createAccessToken())).toBe(true)
    expect(['', 'eyJh.eyJz.c2ln', 'Taskward_', 'ghp_abc'].filter(isAccessToken)).toEqual([])
  })

  it('is another one each time', () => {
    expect(new Set(Array.from({ length: 1_000 }, createAccessToken)).size).toBe(1_000)
  })

  it('fits its own checksum', () => {
    expect(Array.from({ length: 1_000 }, createAccessToken).filter(isWellFormed)).toHaveLength(
      1_000,
    )
  })

  it('has a checksum that anybody can compute: CRC-32 of all before it, in base 62', () => {
    expect(isWellFormed(`taskward_${'A'.repeat(32)}2ApOIc`)).toBe(true)
  })

  it('fits no longer when any one of its characters is another', () => {
    const token = createAccessToken()
    const slips = [...token].map((character, n) =>
      replaceAt(token, n, character === 'a' ? 'b' : 'a'),
    )
    expect(slips.filter(isWellFormed)).toEqual([])
  })

  it.each<[string, (token: string) => string]>([
    ['cut short', (token) => token.slice(0, -1)],
    ['with more behind it', (token) => `${token}a`],
    ['with a line break behind it', (token) => `${token}\n`],
    ['in capitals', (token) => token.toUpperCase()],
    ['without its prefix', (token) => token.slice(9)],
    ['with its prefix twice', (token) => `taskward_${token}`],
    ['with a letter that only looks the same', (token) => replaceAt(token, 12, 'а')],
  ])('is none %s', (_change, change) => {
    expect(isWellFormed(change(createAccessToken()))).toBe(false)
  })
})

function replaceAt(text: string, n: number, character: string): string {
  return text.slice(0, n) + character + text.slice(n + 1)
}
