import type { BrowserContext, Page, Request, Response } from 'playwright-core'
import { newTask } from './locators.ts'

const isOperation = (request: Request) =>
  request.method() === 'POST' && new URL(request.url()).pathname === '/graphql'

const isStream = (response: Response) => response.headers()['content-type'] === 'text/event-stream'

/** Resolves when the page opens a stream. Call it before the page does. */
export async function waitForStream(page: Page): Promise<void> {
  await page.waitForResponse(isStream)
}

/**
 * Resolves when the page has a stream and a response to every operation, also to the refetch that a
 * new stream causes. Then it sends nothing by itself. Call it before the page is loaded.
 */
export function waitUntilIdle(page: Page): Promise<void> {
  const open = new Map<Request, 'beforeStream' | 'afterStream'>()
  let hasStream = false
  let hasRefetched = false
  return new Promise((resolve) => {
    page.on('request', (request) => {
      if (isOperation(request)) open.set(request, hasStream ? 'afterStream' : 'beforeStream')
    })
    page.on('response', (response) => {
      if (!isStream(response)) return
      hasStream = true
      open.delete(response.request())
    })
    page.on('requestfinished', (request) => {
      hasRefetched ||= open.get(request) === 'afterStream'
      open.delete(request)
      if (hasRefetched && open.size === 0) resolve()
    })
  })
}

/** A page of the same account with an open stream. */
export async function openTab(context: BrowserContext, path = '/'): Promise<Page> {
  const page = await context.newPage()
  const idle = waitUntilIdle(page)
  await page.goto(path)
  await idle
  await newTask(page).waitFor()
  return page
}
