import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import type { Account } from './account.ts'
import { it as test } from './fixtures.ts'
import { detailsButton, listTitles, newTask, tick, titleButton } from './locators.ts'
import { startProduct } from './product.ts'

/** With its own product, which the tests may stop. */
const it = test
  .extend('product', { scope: 'file' }, async ({ running }, { onCleanup }) => {
    const product = await startProduct()
    if (product.url === running.url) throw new Error('Two products cannot share a port.')
    onCleanup(product.dispose)
    return product
  })
  .extend('url', { scope: 'file' }, ({ product }) => product.url)
  .extend('restart', { auto: true }, ({ product }, { onCleanup }) => onCleanup(product.start))

// In a hook, so that the first test has its whole time for itself.
it.beforeAll(({ product }) => product.start())

/** Chunks that a page prefetches after the first load. */
const chunks = [
  'open-task-place',
  'clear-completed-dialog',
  'shortcuts-dialog',
  'session-over-dialog',
]

const refused = /ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/

async function openTask({ page, ada }: { page: Page; ada: Account }): Promise<void> {
  await ada.createTasks('Buy milk')
  await page.goto('/')
  await tick(page, 'Buy milk').waitFor()
}

describe('while the server is unavailable', () => {
  it('a tick is undone with a message, and works when the server is back', async ({
    page,
    ada,
    product,
    pageErrors,
  }) => {
    pageErrors.expect(refused)
    await openTask({ page, ada })
    await product.stop()
    await tick(page, 'Buy milk').click()
    await page.getByText('“Buy milk” could not be completed.').first().waitFor()
    expect(await tick(page, 'Buy milk').isChecked()).toBe(false)
    await product.start()
    await tick(page, 'Buy milk').click()
    await page.getByText('Completed “Buy milk”').first().waitFor()
    await page.reload()
    await expect.poll(() => tick(page, 'Buy milk').isChecked()).toBe(true)
  })

  it('typed text stays, and can be saved when the server is back', async ({
    page,
    ada,
    product,
    pageErrors,
  }) => {
    pageErrors.expect(refused)
    // The details load after the list, before they are opened.
    const fetched = page.waitForResponse('**/assets/details-in-row-*.js')
    await openTask({ page, ada })
    await fetched
    await product.stop()
    await newTask(page).fill('Call Bob')
    await newTask(page).press('Enter')
    await page.getByText('The server cannot be reached.').first().waitFor()
    await expect.poll(() => newTask(page).inputValue()).toBe('Call Bob')
    await titleButton(page, 'Buy milk').click()
    const editor = page.getByRole('textbox', { name: 'Title' })
    await editor.fill('Buy oat milk')
    await editor.press('Enter')
    await expect.poll(() => editor.inputValue()).toBe('Buy oat milk')
    await product.start()
    await editor.press('Enter')
    await titleButton(page, 'Buy oat milk').waitFor()
    await newTask(page).press('Enter')
    await expect.poll(() => listTitles(page)).toEqual(['Call Bob', 'Buy oat milk'])
    await expect.poll(ada.listTitles).toEqual(['Call Bob', 'Buy oat milk'])
  })

  it('a list that cannot be loaded offers to try again', async ({
    page,
    ada,
    product,
    pageErrors,
  }) => {
    pageErrors.expect(refused)
    await openTask({ page, ada })
    await product.stop()
    await page.getByRole('combobox', { name: 'Sort' }).selectOption('Title A to Z')
    await page.getByRole('heading', { name: /could not be/ }).waitFor()
    await page.getByText('Your tasks are safe.').waitFor()
    await product.start()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: /could not be/ }).waitFor({ state: 'detached' })
    await expect.poll(() => listTitles(page)).toEqual(['Buy milk'])
  })

  it('the details of a task and every dialog still open', async ({
    page,
    ada,
    product,
    pageErrors,
  }) => {
    pageErrors.expect(refused)
    await ada.createTasks('Buy milk', { title: 'Call Bob', done: true })
    const fetched = chunks.map((chunk) => page.waitForResponse(`**/assets/${chunk}-*.js`))
    await page.goto('/')
    await newTask(page).fill('Typed before')
    await Promise.all(fetched)
    await product.stop()
    await detailsButton(page, 'Buy milk').click()
    await page.getByRole('form', { name: 'Details of Buy milk' }).waitFor()
    await page.getByRole('button', { name: 'Clear completed' }).click()
    await page.getByRole('button', { name: 'Keep them' }).click()
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click()
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await page.keyboard.press('Escape')
    expect(await newTask(page).inputValue()).toBe('Typed before')
  })

  it('signing in shows an error and keeps what was typed', async ({
    page,
    product,
    pageErrors,
  }) => {
    pageErrors.expect(refused)
    await page.goto('/sign-in')
    await page.getByLabel('Email').fill('ada@example.com')
    await page.getByLabel('Password', { exact: true }).fill('correct horse')
    await product.stop()
    await page.keyboard.press('Enter')
    await page.getByText('The server cannot be reached.').waitFor()
    expect(await page.getByLabel('Email').inputValue()).toBe('ada@example.com')
  })
})

describe('opening the page while sign-in is unavailable', () => {
  it('does not look signed out, and continues on retry', async ({ page, ada, pageErrors }) => {
    pageErrors.expect(/ERR_FAILED/)
    await ada.createTasks('Buy milk')
    await page.route('**/api/auth/**', (route) => route.abort())
    await page.goto('/?status=open')
    await page.getByRole('heading', { name: 'Taskward cannot be reached' }).waitFor()
    await page.unroute('**/api/auth/**')
    await page.getByRole('button', { name: 'Try again' }).click()
    await tick(page, 'Buy milk').waitFor()
  })
})
