import type { App } from './app.ts'

/** The cookies of one browser, by origin. */
export type Browser = { cookies: Map<string, Map<string, string>> }

export const createBrowser = (): Browser => ({ cookies: new Map() })

/** One request with the cookies of the browser. Redirects are not followed. */
export async function visit(browser: Browser, url: string, form?: Record<string, string>) {
  const { origin } = new URL(url)
  const jar = browser.cookies.get(origin) ?? new Map<string, string>()
  browser.cookies.set(origin, jar)
  const response = await fetch(url, {
    redirect: 'manual',
    headers: { cookie: [...jar].map((pair) => pair.join('=')).join('; ') },
    ...(form && { method: 'POST', body: new URLSearchParams(form) }),
  })
  for (const cookie of response.headers.getSetCookie()) {
    const [name = '', value = ''] = cookie.split(';', 1)[0]?.split(/=(.*)/s) ?? []
    if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(cookie)) jar.delete(name)
    else jar.set(name, value)
  }
  return response
}

/** Follows redirects while they lead to `origin`. Answers the response, or the address of the next. */
export async function followWithin(browser: Browser, origin: string, first: string) {
  let url = first
  while (new URL(url).origin === origin) {
    const response = await visit(browser, url)
    const location = response.headers.get('location')
    if (!location) return { url, response }
    url = new URL(location, url).href
  }
  return { url }
}

/** The Cookie header that the browser sends to the app. */
export function cookiesFor(browser: Browser, { url }: App): string {
  return [...(browser.cookies.get(url) ?? [])].map((pair) => pair.join('=')).join('; ')
}
