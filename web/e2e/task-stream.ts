import type { Page, Request, Response } from 'playwright-core'

const isQuestion = (request: Request) =>
  request.method() === 'POST' && new URL(request.url()).pathname === '/graphql'

const isStream = (response: Response) => response.headers()['content-type'] === 'text/event-stream'

/** Resolves once the page follows what happens; call it before the page begins to. */
export async function untilFollowing(page: Page): Promise<void> {
  await page.waitForResponse(isStream)
}

/**
 * Resolves once the page follows what happens, and all it has asked since is answered: from then on
 * it asks nothing by itself. Call it before the page is loaded.
 */
export function untilSettled(page: Page): Promise<void> {
  const open = new Map<Request, 'beforehand' | 'afterwards'>()
  let isFollowing = false
  let hasAskedAgain = false
  return new Promise((resolve) => {
    page.on('request', (request) => {
      if (isQuestion(request)) open.set(request, isFollowing ? 'afterwards' : 'beforehand')
    })
    page.on('response', (response) => {
      if (!isStream(response)) return
      isFollowing = true
      open.delete(response.request())
    })
    page.on('requestfinished', (request) => {
      hasAskedAgain ||= open.get(request) === 'afterwards'
      open.delete(request)
      if (hasAskedAgain && open.size === 0) resolve()
    })
  })
}
