import { describe, expect, it } from 'vitest'
import { commonParts, fold, keyOf } from './folding.ts'
import { databaseForFile } from './testing/database.ts'
import { differentTexts, equalTexts } from './testing/odd-texts.ts'

const { pool } = await databaseForFile()

/** The planes of Unicode that have letters with case, and each letter that folds further beside marks. */
const letters = Array.from({ length: 0x1ffff }, (_, n) => String.fromCodePoint(n + 1)).filter(
  (letter) => letter.isWellFormed(),
)
const folding = letters.filter((letter) => fold(letter) !== keyOf(letter))
const marked = folding.flatMap((letter) => [
  ...['\u0301', '\u0307', '\u0308', '\u0323', '\u0345'].map((mark) => `a${letter}${mark}b`),
  `i${letter}\u0307`,
])
const characters = [...letters, ...marked]

describe('fold', () => {
  it.each(equalTexts)('is the same for %j and %j', (one, other) => {
    expect(fold(one)).toBe(fold(other))
  })

  it.each(differentTexts)('differs for %j and %j', (one, other) => {
    expect(fold(one)).not.toBe(fold(other))
  })

  it('does not change what it returns, for each character with and without marks', () => {
    const folded = characters.map(fold)
    expect(folded.filter((text) => fold(text) !== text)).toEqual([])
  })
})

describe('fold_key of the database', () => {
  it('folds the key of every character as fold does, also before and after marks', async () => {
    const { rows } = await pool.query<{ folded: string }>(
      'select fold_key(key) as folded from unnest($1::text[]) with ordinality as k (key, n) order by n',
      [characters.map(keyOf)],
    )
    const wrong = characters.filter((text, n) => rows[n]?.folded !== fold(text))
    expect(wrong).toEqual([])
    expect(rows).toHaveLength(characters.length)
  })

  it('changes every key that has_foldings finds, and no other', async () => {
    const { rows } = await pool.query(
      `select key from unnest($1::text[]) as key where has_foldings(key) <> (fold_key(key) <> key)`,
      [characters.map(keyOf)],
    )
    expect(rows).toEqual([])
  })
})

describe('commonParts', () => {
  it.each([
    ['Straße fegen', ['stra', 'e fegen']],
    ['ß\u0301x', ['', 'x']],
    ['İstanbul', ['', 'stanbul']],
    ['plain', ['plain']],
  ])('of %j are %j', (text, parts) => {
    expect(commonParts(text)).toEqual(parts)
  })

  it('are in the key and in the folded text, for each letter beside marks', () => {
    const wrong = [...folding, ...marked].filter((text) =>
      commonParts(text).some((part) => !(keyOf(text).includes(part) && fold(text).includes(part))),
    )
    expect(wrong).toEqual([])
  })
})
