import { describe, expect } from 'vitest'
import { colourRules, findViolations } from './axe.ts'
import { it } from './fixtures.ts'
import { measureOverflow } from './overflow.ts'

const programs = 'This address is for programs'
const missing = 'There is no such page'

const pages: [path: string, status: number, heading: string, back: string][] = [
  ['/nowhere', 404, missing, 'Go to your tasks'],
  ['/tasks/deep/link', 404, missing, 'Go to your tasks'],
  ['/docs/nope', 404, missing, 'overview of the documents'],
  ['/docs/nope.md', 404, missing, 'overview of the documents'],
  ['/docs/a/b', 404, missing, 'overview of the documents'],
  ['/oauth/nope', 404, missing, 'Go to your tasks'],
  ['/oauth/error?error=invalid_redirect', 200, 'This app cannot be connected', 'Go to your tasks'],
  ['/api/auth/oauth2/authorize', 200, 'This app cannot be connected', 'Go to your tasks'],
  ['/assets/gone.js', 404, missing, 'Go to your tasks'],
  ['/llms-other.txt', 404, missing, 'Go to your tasks'],
  ['/error/template.html', 404, missing, 'Go to your tasks'],
  ['/api/nope', 404, programs, 'Go to your tasks'],
  ['/api/auth/token', 401, programs, 'Go to your tasks'],
  ['/mcp', 401, programs, 'Go to your tasks'],
]

describe('an error page', () => {
  it.for(pages)(
    'is a page of the site: %s',
    async ([path, status, heading, back], { page, pageErrors }) => {
      pageErrors.expect(/status of 40[14]/)
      await page.emulateMedia({ colorScheme: 'dark' })
      await page.setViewportSize({ width: 320, height: 640 })
      const response = await page.goto(path)
      expect(response?.status()).toBe(status)
      await page.getByRole('heading', { level: 1, name: heading }).waitFor()
      expect(await page.title()).toMatch(/\S · Taskward$/)
      expect(await page.locator('html').getAttribute('lang')).toBe('en')
      // The browser draws its own background until the style sheet has arrived.
      const scheme = await page.locator('meta[name=color-scheme]').getAttribute('content')
      expect(scheme).toBe('light dark')
      const narrow = {
        overflow: await measureOverflow(page),
        violations: await findViolations(page),
      }
      await page.emulateMedia({ colorScheme: 'light' })
      const light = await findViolations(page, { rules: colourRules })
      await page.setViewportSize({ width: 1440, height: 900 })
      const wide = await findViolations(page)
      expect({ narrow, light, wide }).toEqual({
        narrow: { overflow: 0, violations: [] },
        light: [],
        wide: [],
      })
      const link = page.getByRole('main').getByRole('link', { name: back })
      await link.focus()
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/(docs|sign-in)$/)
    },
  )
})
