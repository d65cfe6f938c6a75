import { describe, expect, it } from 'vitest'
import { createFreshDocuments } from './fresh-documents.ts'

const url = 'https://notes.example.com/client.json'

describe('a document', () => {
  it.each<[stated: string, maxAgeSeconds: number | undefined, seconds: number]>([
    ['nothing', undefined, 300],
    ['no-store', 0, 60],
    ['ten minutes', 600, 600],
    ['a year', 31_536_000, 86_400],
  ])('whose server states %s is fresh for a bounded time', (_stated, maxAgeSeconds, seconds) => {
    let now = 1
    const fresh = createFreshDocuments(() => now)
    fresh.add(url, maxAgeSeconds)
    now += seconds * 1_000 - 1
    expect(fresh.has(url)).toBe(true)
    now += 2
    expect(fresh.has(url)).toBe(false)
  })

  it('is not fresh after a thousand others', () => {
    const fresh = createFreshDocuments()
    fresh.add(url)
    for (let other = 0; other < 1_000; other++) fresh.add(`${url}?${other}`)
    expect(fresh.has(url)).toBe(false)
  })
})
