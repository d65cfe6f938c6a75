import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { findViolations } from './axe.ts'
import { it } from './fixtures.ts'
import {
  deleteButton,
  details,
  focusedName,
  submitSignIn,
  tick,
  titleButton,
  titleField,
} from './locators.ts'
import { openTab } from './task-stream.ts'

async function openDetails(page: Page, title: string): Promise<void> {
  await titleButton(page, title).click()
  await details(page, title).waitFor()
}

const description = (page: Page) => page.getByRole('textbox', { name: 'Description' })
const saved = (page: Page) => page.getByText('Saved', { exact: true })
const choice = (page: Page) => page.getByRole('group', { name: 'Two versions: Description' })

/** The number of refused updates is what a page's own conflicts would raise. */
function countConflicts(page: Page) {
  const answers: Promise<string>[] = []
  page.on('response', (response) => {
    if (
      response.url().endsWith('/graphql') &&
      response.request().postData()?.includes('UpdateTask')
    )
      answers.push(response.text())
  })
  return async () => (await Promise.all(answers)).filter((text) => text.includes('CONFLICT')).length
}

describe('two pages that edit one task', () => {
  it('merge different fields, and show both versions of the same field', async ({
    context,
    ada,
  }) => {
    await ada.createTasks('Buy milk')
    const [first, second] = [await openTab(context), await openTab(context)]
    await openDetails(first, 'Buy milk')
    await openDetails(second, 'Buy milk')
    await description(first).fill('Mine')
    await second.getByText('High', { exact: true }).click()
    await description(second).fill('Theirs')
    await second.keyboard.press('Tab')
    await saved(second).waitFor()
    // The field that was not edited here follows, the edited one is marked.
    await choice(first).getByText('Theirs').waitFor()
    await choice(first)
      .getByText(/The other: by you elsewhere at \d\d:\d\d/)
      .waitFor()
    await expect.poll(() => first.getByRole('radio', { name: 'High' }).isChecked()).toBe(true)
    expect(await description(first).inputValue()).toBe('Mine')
    expect(await findViolations(first)).toEqual([])
    await choice(first).getByRole('button', { name: 'Keep yours' }).click()
    await expect.poll(() => description(second).inputValue()).toBe('Mine')
    await choice(first).waitFor({ state: 'detached' })
    const [task] = await ada.readTasks()
    expect(task).toMatchObject({ description: 'Mine', priority: 'HIGH' })
  })

  it('find the conflict when they save, if no event came', async ({ context, ada, pageErrors }) => {
    pageErrors.expect(/ERR_FAILED/)
    await ada.createTasks('Buy milk')
    const second = await openTab(context)
    const first = await context.newPage()
    await first.route('**/graphql', (route) =>
      route.request().postData()?.includes('subscription') ? route.abort() : route.continue(),
    )
    await first.goto('/')
    await openDetails(first, 'Buy milk')
    await openDetails(second, 'Buy milk')
    await description(second).fill('Theirs')
    await second.keyboard.press('Tab')
    await saved(second).waitFor()
    await description(first).fill('Mine')
    await first.keyboard.press('Tab')
    await choice(first).getByText('Theirs').waitFor()
    await choice(first).getByRole('button', { name: 'Take the other' }).click()
    await expect.poll(() => description(first).inputValue()).toBe('Theirs')
  })
})

describe('one page', () => {
  it('does not conflict with itself in quick edits', async ({ adasPage: page, ada }) => {
    await ada.createTasks('Buy milk')
    await page.goto('/')
    await openDetails(page, 'Buy milk')
    const conflicts = countConflicts(page)
    await titleField(page).fill('Buy oat milk')
    for (const name of ['Low', 'Medium', 'High'])
      await page.getByRole('radio', { name }).check({ force: true })
    await page.getByRole('button', { name: 'Tomorrow' }).click()
    await page.getByRole('textbox', { name: 'Labels' }).fill('home')
    await page.keyboard.press('Enter')
    await description(page).fill('Two litres')
    await page.keyboard.press('Tab')
    await saved(page).waitFor()
    expect(await conflicts()).toBe(0)
    expect(await ada.readTasks()).toMatchObject([
      { title: 'Buy oat milk', description: 'Two litres', priority: 'HIGH', labels: ['home'] },
    ])
  })
})

describe('text that is not saved', () => {
  it('survives a reload, another page, and can be discarded with Escape', async ({
    adasPage: page,
    ada,
  }) => {
    await ada.createTasks({ title: 'Buy milk', description: 'Old' })
    await page.goto('/')
    await openDetails(page, 'Buy milk')
    await description(page).fill('Half a thought')
    await page.reload()
    await expect.poll(() => description(page).inputValue()).toBe('Half a thought')
    await page.getByText('Not saved yet').waitFor()
    await page.goto('/activity')
    await page.goto('/')
    await openDetails(page, 'Buy milk')
    expect(await description(page).inputValue()).toBe('Half a thought')
    await description(page).press('Escape')
    expect(await description(page).inputValue()).toBe('Old')
    await page.reload()
    await expect.poll(() => description(page).inputValue()).toBe('Old')
    expect(await ada.readTasks()).toMatchObject([{ description: 'Old' }])
  })

  it('survives a sign-out in another tab', async ({ context, ada }) => {
    await ada.createTasks('Buy milk')
    const [first, second] = [await openTab(context), await openTab(context)]
    await openDetails(first, 'Buy milk')
    await description(first).fill('Half a thought')
    await second.getByRole('button', { name: 'Sign out' }).click()
    await first.getByLabel('Email').waitFor()
    await submitSignIn(first, ada)
    await expect.poll(() => description(first).inputValue()).toBe('Half a thought')
    await saved(first).waitFor({ state: 'detached' })
  })

  it('is shown when the task is deleted elsewhere, and comes back with it', async ({
    context,
    ada,
  }) => {
    const [id = ''] = await ada.createTasks('Buy milk')
    const page = await openTab(context)
    await openDetails(page, 'Buy milk')
    await description(page).fill('Half a thought')
    await ada.deleteTask(id)
    await page.getByText('This task is not in your list any more').waitFor()
    await page.getByText('Half a thought').waitFor()
    await page.getByRole('button', { name: 'Copy your text' }).waitFor()
    expect(await findViolations(page)).toEqual([])
    await page.getByRole('button', { name: 'Restore the task' }).click()
    await expect.poll(() => description(page).inputValue()).toBe('Half a thought')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await saved(page).waitFor()
    expect(await ada.readTasks()).toMatchObject([{ description: 'Half a thought' }])
  })
})

describe('a description', () => {
  it('offers its links, which open in a new tab without access to the page', async ({
    adasPage: page,
    ada,
  }) => {
    await ada.createTasks({
      title: 'Buy milk',
      description: 'See https://example.com/milk, not javascript:alert(1).',
    })
    await page.goto('/')
    await openDetails(page, 'Buy milk')
    const links = page.getByRole('list', { name: 'Links in the description' }).getByRole('link')
    await expect.poll(() => links.allTextContents()).toEqual(['https://example.com/milk'])
    expect(await links.getAttribute('rel')).toBe('noopener noreferrer')
    expect(await links.getAttribute('target')).toBe('_blank')
  })
})

describe('the place of the details', () => {
  it.for([
    [1440, 'beside the list'],
    [768, 'in the row'],
    [360, 'as a sheet'],
  ] as const)(
    'at %i px is %s; Back closes them and returns the focus',
    async ([width], { adasPage: page, ada }) => {
      await ada.createTasks('Buy milk', 'Call Bob')
      await page.setViewportSize({ width, height: 740 })
      await page.goto('/')
      await openDetails(page, 'Buy milk')
      const address = page.url()
      expect(address).toMatch(/\?task=/)
      expect(await findViolations(page)).toEqual([])
      await titleField(page).waitFor()
      const close = page.getByRole('button', { name: 'Close details' })
      const box = await close.boundingBox()
      expect(box?.y).toBeGreaterThanOrEqual(0)
      await page.goBack()
      await details(page, 'Buy milk').waitFor({ state: 'detached' })
      await expect.poll(() => focusedName(page)).toBe('Open Buy milk')
      await page.goto(address)
      await details(page, 'Buy milk').waitFor()
      await close.click()
      await details(page, 'Buy milk').waitFor({ state: 'detached' })
      expect(new URL(page.url()).search).toBe('')
      await openDetails(page, 'Call Bob')
    },
  )

  it('a task that is deleted by its row closes them', async ({ adasPage: page, ada }) => {
    await ada.createTasks('Buy milk')
    await page.goto('/')
    await openDetails(page, 'Buy milk')
    await deleteButton(page, 'Buy milk').click()
    await details(page, 'Buy milk').waitFor({ state: 'detached' })
    expect(new URL(page.url()).search).toBe('')
  })
})

describe('the focus', () => {
  it.for([
    [375, 667],
    [320, 256], // 1280 x 1024 at 400 %
  ] as const)(
    'is never under the bar of new tasks at %i x %i',
    async ([width, height], { adasPage: page, ada }) => {
      await ada.createTasks(...Array.from({ length: 12 }, (_, n) => `Task ${n + 1}`))
      await page.setViewportSize({ width, height })
      await page.goto('/')
      await tick(page, 'Task 12').focus()
      const covered: string[] = []
      for (let n = 0; n < 45; n += 1) {
        if (await isFocusCovered(page)) covered.push(await focusedName(page))
        await page.keyboard.press('Tab')
      }
      expect(covered).toEqual([])
    },
  )
})

/** Whether something else is in the middle of the focused control. */
function isFocusCovered(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const focused = document.activeElement
    if (!focused || focused === document.body) return false
    const { x, y, width, height } = focused.getBoundingClientRect()
    return [y + 1, y + height / 2, y + height - 1].every((top) => {
      const seen = document.elementFromPoint(x + width / 2, top)
      return !seen || !(focused.contains(seen) || seen.contains(focused))
    })
  })
}

describe('forced colours', () => {
  it('tell the chosen priority and the current view by an outline', async ({
    adasPage: page,
    ada,
  }) => {
    await ada.createTasks('Buy milk')
    await page.emulateMedia({ forcedColors: 'active' })
    await page.goto('/')
    await openDetails(page, 'Buy milk')
    const outlines = () =>
      page.evaluate(() => {
        const chips = [...document.querySelectorAll('form label:has([type=radio])')]
        const views = [...document.querySelectorAll('aside a[href]')]
        const marked = [...chips, ...views].filter(
          (one) => getComputedStyle(one).outlineStyle === 'solid',
        )
        return marked.map((one) => one.textContent?.replace(/[\d, ].*/, ''))
      })
    expect(await outlines()).toEqual(['Medium', 'Never', 'All'])
    const search = await page.evaluate(() => {
      const field = document.querySelector('input[type=search]')
      return field && getComputedStyle(field).borderTopStyle
    })
    expect(search).toBe('solid')
  })
})
