import type { BrowserContext, Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { createAccount, signIn } from './account.ts'
import { colourRules, findViolations } from './axe.ts'
import { backgroundBrightness } from './brightness.ts'
import { it } from './fixtures.ts'
import { deleteButton, detailsButton, tick, undo } from './locators.ts'
import { measureOverflow } from './overflow.ts'
import { type State, states } from './states.ts'

async function show(state: State, page: Page, context: BrowserContext, url: string) {
  if (state.tasks) {
    const ada = await createAccount(url, 'Ada')
    await ada.createTasks(...state.tasks)
    await signIn(context, url, ada)
  }
  await state.open(page)
}

/** Controls smaller than 44 px, or 24 px for a link within a sentence. */
function findSmallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const controls = document.querySelectorAll('a[href], button, input, select, textarea')
    return [...controls].flatMap((control) => {
      const choice = control.matches('[type=checkbox], [type=radio]')
      const target = (choice && control.closest('label')) || control
      const { width, height } = target.getBoundingClientRect()
      const seen = target.checkVisibility({ visibilityProperty: true }) && width > 1 && height > 1
      const inSentence =
        target.matches('p a') && target.textContent !== target.parentElement?.textContent
      const min = inSentence ? 24 : 44
      if (!seen || (width >= min && height >= min)) return []
      const name = control.getAttribute('aria-label') ?? target.textContent ?? ''
      return [`${control.tagName} “${name}”: ${Math.round(width)} × ${Math.round(height)}`]
    })
  })
}

describe('every state is readable, with large targets, at 320 and 1440 px, light and dark:', () => {
  it.for(states)('$name', async (state, { page, context, url, pageErrors }) => {
    pageErrors.expect(/status of 401|status of 404 .*\/nowhere/)
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize({ width: 320, height: 640 })
    await show(state, page, context, url)
    const overflow = await measureOverflow(page)
    const smallTargets = await findSmallTargets(page)
    const narrow = await findViolations(page)
    await page.emulateMedia({ colorScheme: 'dark' })
    const narrowDark = await findViolations(page, { rules: colourRules })
    await page.setViewportSize({ width: 1440, height: 900 })
    const wideDark = await findViolations(page)
    await page.emulateMedia({ colorScheme: 'light' })
    const wide = await findViolations(page, { rules: colourRules })
    expect({ overflow, smallTargets, narrow, narrowDark, wideDark, wide }).toEqual({
      overflow: 0,
      smallTargets: [],
      narrow: [],
      narrowDark: [],
      wideDark: [],
      wide: [],
    })
  })
})

describe('a narrow screen', () => {
  it('has the views and labels in a drawer', async ({ page, ada }) => {
    await ada.createTasks({ title: 'Buy milk', labels: ['home'] }, 'Call Bob')
    await page.setViewportSize({ width: 320, height: 640 })
    await page.goto('/')
    await page.getByRole('button', { name: 'Views and labels' }).click()
    const drawer = page.getByRole('dialog', { name: 'Views and labels' })
    expect(await findSmallTargets(page)).toEqual([])
    expect(await findViolations(page)).toEqual([])
    await drawer.getByRole('link', { name: 'home' }).click()
    await drawer.waitFor({ state: 'detached' })
    await tick(page, 'Call Bob').waitFor({ state: 'detached' })
    expect(await tick(page, 'Buy milk').count()).toBe(1)
  })
})

describe('the colour scheme of the system', () => {
  it('applies while the page is open', async ({ page, ada }) => {
    await ada.createTasks('Buy milk')
    await page.emulateMedia({ colorScheme: 'light' })
    await page.goto('/')
    await tick(page, 'Buy milk').waitFor()
    const light = await backgroundBrightness(page)
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(light).toBeGreaterThan(0.9)
    await expect.poll(() => backgroundBrightness(page)).toBeLessThan(0.2)
  })
})

describe('motion', () => {
  const moving = (page: Page) =>
    page.evaluate(() => {
      const lasts = (durations: string) =>
        durations.split(',').some((one) => parseFloat(one) > 0.01)
      return [...document.querySelectorAll('*')]
        .filter((element) => {
          const { transitionDuration, animationName, animationDuration } = getComputedStyle(element)
          const animated = animationName !== 'none' && lasts(animationDuration)
          return lasts(transitionDuration) || animated
        })
        .map((element) => `${element.tagName} ${element.className}`)
    })

  it.for([
    ['reduce', false],
    ['no-preference', true],
  ] as const)('with the preference “%s”: %s', async ([reducedMotion, moves], { page, ada }) => {
    await ada.createTasks('Buy milk', 'Call Bob')
    await page.emulateMedia({ reducedMotion })
    await page.goto('/')
    await deleteButton(page, 'Call Bob').click()
    await undo(page).waitFor()
    await detailsButton(page, 'Buy milk').click()
    await page.getByLabel('Description').waitFor()
    expect((await moving(page)).length > 0).toBe(moves)
  })
})
