import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { parseBounded } from '#schema/document.ts'
import { schema } from '#schema/index.ts'
import { createOperationCache } from './cache.ts'
import { estimateBytes } from './document-size.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Bytes of the heap that are in use because of `hold`, whose result is kept meanwhile. */
function measure(hold: () => unknown): number {
  collect()
  const before = process.memoryUsage().heapUsed
  const held = hold()
  collect()
  const bytes = process.memoryUsage().heapUsed - before
  return held === undefined ? 0 : bytes
}

const task = 'id title description dueOn priority labels'
const aliases = (n: number) =>
  Array.from({ length: 12 }, (_, i) => `a${i}:tasks(first:${n + 1}){nodes{${task}}}`).join(' ')
const createText = (n: number) => `query q${n}{${aliases(n % 50)}}`
const texts = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => createText(from + n))

describe('estimateBytes', () => {
  it.each<[string, (n: number) => string]>([
    ['many fields', createText],
    ['few fields', (n) => `query q${n}{tasks(first:2){nodes{id title} pageInfo{hasNextPage}}}`],
    [
      'a long list',
      (n) => `query q${n}{tasks(filter:{labels:[${'"a" '.repeat(300)}]}){nodes{id}}}`,
    ],
  ])('is not less than the memory of a document with %s, and at most twice', (_what, create) => {
    const all = Array.from({ length: 200 }, (_, n) => create(n))
    const measured = measure(() => all.map((text) => parseBounded(text)))
    const estimated = all.reduce((sum, text) => sum + estimateBytes(text, parseBounded(text)), 0)
    expect(measured).toBeLessThan(estimated)
    expect(estimated).toBeLessThan(2 * measured)
  })
})

describe('the cache of compiled operations', { timeout: 60_000 }, () => {
  it('takes at most 20 MB, whatever documents clients send', () => {
    const send = (find: ReturnType<typeof createOperationCache>, from: number, uses: number) => {
      for (const text of texts(from, 200))
        for (let use = 0; use < uses; use++) find(text, undefined)
      return find
    }
    send(createOperationCache(schema), 1_000, 2) // code that is compiled at its first use
    const find = createOperationCache(schema)
    const bytes = measure(() => {
      send(find, 0, 20)
      return send(find, 200, 2)
    })
    expect(bytes).toBeLessThan(25_000_000) // 5 MB for what else the heap has; before, it was 50 MB
    expect(find(createText(399), undefined)).toBeDefined()
  })
})
