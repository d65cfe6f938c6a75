import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { createAccount } from './account.ts'
import { it } from './fixtures.ts'
import { newTask, searchField, submitSignIn, tasksLeft, tick, titleButton } from './locators.ts'
import { waitUntilIdle } from './task-stream.ts'

/** Sums the points of the page's requests and events, also over more than one minute. */
function countPoints(page: Page) {
  let points = 0
  let limit = 0
  let left: number | undefined
  page.on('response', (response) => {
    const { 'ratelimit-limit': all, 'ratelimit-remaining': now } = response.headers()
    if (all === undefined || now === undefined) return
    limit = Number(all)
    points += Math.max(0, (left ?? limit) - Number(now))
    left = Number(now)
  })
  return () => ({ points, limit })
}

describe('a busy minute of a user', () => {
  it('uses less than a tenth of the points: signing in and 60 actions', {
    timeout: 90_000,
  }, async ({ page, url }) => {
    const ada = await createAccount(url, 'Ada')
    await ada.createTasks(...Array.from({ length: 50 }, (_, n) => `Task ${n}`))
    const spent = countPoints(page)
    await page.goto('/sign-in')
    const idle = waitUntilIdle(page)
    await submitSignIn(page, ada)
    await idle
    for (let n = 0; n < 15; n++) {
      await newTask(page).fill(`New ${n}`)
      await newTask(page).press('Enter')
      await tick(page, `New ${n}`).waitFor()
    }
    for (let n = 0; n < 15; n++) {
      await titleButton(page, `New ${n}`).click()
      await page.getByRole('textbox', { name: 'Title' }).fill(`Edited ${n}`)
      await page.keyboard.press('Enter')
      await tick(page, `Edited ${n}`).waitFor()
    }
    for (let n = 0; n < 15; n++) await tick(page, `Task ${n + 30}`).click()
    for (let n = 0; n < 15; n++) {
      await searchField(page).fill(`Edited ${n}`)
      await expect.poll(() => titleButton(page, 'New 14').count()).toBe(0)
      await titleButton(page, `Edited ${n}`).waitFor()
    }
    await page.goto('/')
    await tasksLeft(page).waitFor()
    const { points, limit } = spent()
    expect(limit).toBeGreaterThan(0)
    expect(points).toBeGreaterThan(60)
    expect(points).toBeLessThan(limit / 10)
  })
})
