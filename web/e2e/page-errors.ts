import type { BrowserContext } from 'playwright-core'

/** Errors that no page may cause. */
export type PageErrors = {
  /** The test causes errors that match. */
  expect: (pattern: RegExp) => void
  list: () => string[]
}

/** Records console errors (also those of the content security policy), exceptions, and requests to other sites. */
export function watchPageErrors(context: BrowserContext, origin: string): PageErrors {
  const seen: string[] = []
  const expected: RegExp[] = []
  context.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    const { url } = message.location()
    seen.push(`console: ${message.text()} (${url})`)
  })
  context.on('weberror', (error) => seen.push(`exception: ${error.error().message}`))
  context.on('request', (request) => {
    const url = request.url()
    if (/^https?:/.test(url) && new URL(url).origin !== origin) seen.push(`request: ${url}`)
  })
  return {
    expect: (pattern) => void expected.push(pattern),
    list: () => seen.filter((error) => !expected.some((pattern) => pattern.test(error))),
  }
}
