import { randomUUID } from 'node:crypto'
import type { TestContext } from 'vitest'
import type { Logger } from '../log/log.ts'
import { type App, jsonHeaders, startApp } from './app.ts'
import { type Browser, cookiesFor, createBrowser, followWithin, visit } from './browser.ts'
import { type OpenIdProvider, startOpenIdProvider } from './openid-provider.ts'
import { it as base } from './test.ts'

/** The redirect URI of Taskward at the provider. */
export const callbackPath = '/api/auth/callback/oidc'

/** An app that users sign in to with the provider. */
export async function startWithProvider(
  provider: OpenIdProvider,
  variables: Record<string, string> = {},
  log?: Logger,
) {
  const app = await startApp({ variables: { ...provider.variables, ...variables }, log })
  provider.register(`${app.url}${callbackPath}`)
  return app
}

type Extra = { callbackURL?: string; additionalData?: object }

export function begin(app: App, browser: Browser, extra: Extra = {}): Promise<Response> {
  return fetchWith(browser, `${app.url}/api/auth/sign-in/social`, {
    provider: 'oidc',
    callbackURL: `${app.url}/?status=open`,
    errorCallbackURL: `${app.url}/sign-in`,
    ...extra,
  })
}

/** Asks to connect the provider to the account of the browser's session. */
export function beginConnection(app: App, browser: Browser, extra: object = {}): Promise<Response> {
  const page = `${app.url}/account`
  return fetchWith(browser, `${app.url}/api/auth/link-social`, {
    provider: 'oidc',
    callbackURL: page,
    errorCallbackURL: page,
    ...extra,
  })
}

/** A browser that is signed in with this cookie. */
export function browserWith(app: App, cookie: string): Browser {
  const browser = createBrowser()
  const pairs = cookie.split('; ').map((pair) => pair.split(/=(.*)/s) as [string, string])
  browser.cookies.set(app.url, new Map(pairs))
  return browser
}

/** Connects the provider. Answers where the browser ends in the app. */
export async function connect(app: App, cookie: string, login: string): Promise<URL> {
  const browser = browserWith(app, cookie)
  const { url } = (await (await beginConnection(app, browser)).json()) as { url: string }
  const answer = await visit(browser, await signInAtProvider(browser, url, login))
  return new URL(answer.headers.get('location') ?? '', app.url)
}

/** POSTs JSON as the page does, and keeps the cookies. */
async function fetchWith(browser: Browser, url: string, body: object): Promise<Response> {
  const { origin } = new URL(url)
  const cookie = [...(browser.cookies.get(origin) ?? [])].map((pair) => pair.join('=')).join('; ')
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...jsonHeaders, Origin: origin, ...(cookie && { Cookie: cookie }) },
    body: JSON.stringify(body),
  })
  const jar = browser.cookies.get(origin) ?? new Map<string, string>()
  browser.cookies.set(origin, jar)
  for (const cookie of response.headers.getSetCookie()) {
    const [name = '', value = ''] = cookie.split(';', 1)[0]?.split(/=(.*)/s) ?? []
    jar.set(name, value)
  }
  return response
}

/** Signs in at the provider. Answers the URL of the redirect back to the app. */
export async function signInAtProvider(
  browser: Browser,
  url: string,
  login: string,
): Promise<string> {
  const { origin } = new URL(url)
  const form = await followWithin(browser, origin, url)
  if (!form.response) return form.url // signed in there already
  const page = await form.response.text()
  const action = /action="([^"]+)"/.exec(page)?.[1] ?? ''
  const posted = await visit(browser, new URL(action, form.url).href, {
    prompt: 'login',
    login,
    password: 'any',
  })
  const back = await followWithin(browser, origin, posted.headers.get('location') ?? '')
  return back.url
}

/** The whole sign-in. Answers where the browser ends in the app, and its cookies there. */
export async function signIn(app: App, login: string, extra: Extra = {}) {
  const browser = createBrowser()
  const { url } = (await (await begin(app, browser, extra)).json()) as { url: string }
  const callback = await signInAtProvider(browser, url, login)
  const answer = await visit(browser, callback)
  const location = new URL(answer.headers.get('location') ?? '', app.url)
  return { browser, callback, location, cookie: cookiesFor(browser, app) }
}

export async function readUser(app: App, cookie: string) {
  const response = await app.request('/api/auth/get-session', { headers: { cookie } })
  const body = (await response.json()) as { user?: { id: string; email: string } } | null
  return body?.user
}

export const createLogin = () => `ada-${randomUUID()}`

/** `it` for a file with one provider, and one app that signs in with it. */
export const it = base
  .extend('provider', { scope: 'file' }, async ({ variables: _ }, { onCleanup }) => {
    const provider = await startOpenIdProvider()
    onCleanup(provider.stop)
    return provider
  })
  .extend('app', { scope: 'file' }, async ({ provider }, { onCleanup }) => {
    const app = await startWithProvider(provider)
    onCleanup(app.close)
    return app
  })

/** An app and a provider of one test. */
export async function startOwn(
  onTestFinished: TestContext['onTestFinished'],
  variables: Record<string, string>,
  log?: Logger,
) {
  const provider = await startOpenIdProvider()
  onTestFinished(provider.stop)
  const app = await startWithProvider(provider, variables, log)
  onTestFinished(app.close)
  return { app, provider }
}
