import type { BrowserContext } from 'playwright-core'

/** What must happen in no page, whatever it shows. */
export type Faults = {
  /** From now on console errors like this one are part of the story the test tells. */
  expect: (words: RegExp) => void
  list: () => string[]
}

/** Errors in the console (a refusal by the content security policy is one), exceptions, and requests to other sites. */
export function watchFaults(context: BrowserContext, origin: string): Faults {
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
    expect: (words) => void expected.push(words),
    list: () => seen.filter((fault) => !expected.some((words) => words.test(fault))),
  }
}
