import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { copyText, createRandomKey } from './secure-apis.ts'

const web = join(import.meta.dirname, '..')

/** MDN, "Features restricted to secure contexts": those that a page like ours may want. */
const restricted = new RegExp(
  [
    String.raw`\bcrypto\??\.(randomUUID|subtle)\b`,
    String.raw`\bnavigator\??\.(clipboard|credentials|geolocation|locks|mediaDevices)\b`,
    String.raw`\bnavigator\??\.(serviceWorker|share|storage|wakeLock)\b`,
    String.raw`\b(caches|cookieStore)\.|\bnew (Notification|PushManager)\b|\bshow\w+FilePicker\b`,
  ].join('|'),
)

/** The files that browsers load: without tests and their helpers. */
const sources = readdirSync(web, { recursive: true, encoding: 'utf8' }).filter(
  (file) =>
    /\.tsx?$/.test(file) &&
    !/\.(test|spec)\.tsx?$|^(e2e|gql|testing)\//.test(file) &&
    file !== 'ui/secure-apis.ts',
)

afterEach(() => vi.unstubAllGlobals())

describe('APIs of secure pages', () => {
  it('are used in secure-apis.ts only', () => {
    const users = sources.filter((file) => restricted.test(readFileSync(join(web, file), 'utf8')))
    expect(users).toEqual([])
  })
})

describe('createRandomKey', () => {
  it('makes a new key each time, on a page without crypto.randomUUID', () => {
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })
    const keys = Array.from({ length: 100 }, createRandomKey)
    expect(new Set(keys).size).toBe(100)
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe('copyText', () => {
  it('selects the text where the browser does not allow copying', async () => {
    vi.stubGlobal('navigator', {})
    const element = document.body.appendChild(document.createElement('pre'))
    element.textContent = 'tw_token'
    expect(await copyText(element)).toBe(false)
    expect(window.getSelection()?.toString()).toBe('tw_token')
  })
})
