import { describe, expect, inject, it } from 'vitest'

const { url } = inject('running')

/**
 * Kilobytes (1,000 bytes) of JavaScript and CSS that the HTML of a page asks for, compressed with brotli.
 * Raise a budget only for something that the page needs before it is used.
 */
const budgets: [page: string, kilobytes: number][] = [
  ['/', 135],
  ['/graphql', 300],
  ['/docs', 9],
]

describe('the first load stays within its budget of bytes, for', () => {
  it.each(budgets)('%s', async (page, kilobytes) => {
    const response = await fetch(url + page, { headers: { Accept: 'text/html' } })
    const html = await response.text()
    const assets = [...html.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(([, path]) => path)
    expect(assets).not.toEqual([])
    const sizes = await Promise.all(assets.map((path) => readSize(path ?? '')))
    expect(sizes.reduce((sum, size) => sum + size, 0) / 1_000).toBeLessThanOrEqual(kilobytes)
  })
})

/** Bytes that are transferred. */
async function readSize(path: string): Promise<number> {
  const init = { method: 'HEAD', headers: { 'Accept-Encoding': 'br' } }
  const { ok, headers } = await fetch(new URL(path, url), init)
  expect([ok, headers.get('content-encoding')]).toEqual([true, 'br'])
  return Number(headers.get('content-length'))
}
