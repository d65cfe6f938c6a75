import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import type { Account } from './account.ts'
import { colourRules, findViolations } from './axe.ts'
import { it as test } from './fixtures.ts'
import { focusedName } from './locators.ts'
import { measureOverflow } from './overflow.ts'
import { startProduct } from './product.ts'

/** With its own product, whose clients have the points for hundreds of changes in a minute. */
const it = test
  .extend('product', { scope: 'file' }, async ({ running: _ }, { onCleanup }) => {
    const product = await startProduct('localhost', { GRAPHQL_POINTS_PER_MINUTE: '1000000' })
    onCleanup(product.dispose)
    return product
  })
  .extend('url', { scope: 'file' }, ({ product }) => product.url)

// In a hook, so that the first test has its whole time for itself.
it.beforeAll(({ product }) => product.start())

const deletion = 'mutation ($id: ID!) { deleteTask(input: { id: $id }) { deletedTaskId } }'

const banner = (page: Page) => page.getByRole('complementary', { name: 'Paused programs' })
const sentence =
  'Backup script wanted to move more than 50 tasks to the trash within an hour and only reads now.'

/** A script that tries to delete the tasks one after the other. @returns the codes of the answers. */
async function runBackupScript(ada: Account, ids: string[]) {
  const script = await ada.createProgram('Backup script', ['tasks:read', 'tasks:delete'])
  const codes: string[] = []
  for (const id of ids) {
    const { errors } = await script(deletion, { id })
    codes.push(errors?.[0]?.extensions.code ?? 'deleted')
  }
  return { script, codes }
}

const manyTasks = Array.from({ length: 500 }, (_, n) => ({
  title: `Task ${n}`,
  ...(n % 2 === 0 && { labels: ['home', `label ${n % 7}`] }),
  ...(n % 3 === 0 && { dueOn: '2026-12-24', priority: 'HIGH' as const }),
  ...(n % 5 === 0 && { done: true }),
}))

describe('a script that tries to delete 500 tasks', () => {
  it('is stopped, seen at once, undone with one button, and revoked', { timeout: 120_000 }, async ({
    page,
    ada,
  }) => {
    const ids = await ada.createTasks(...manyTasks)
    const before = await ada.readTasks()
    expect(before).toHaveLength(500)
    await page.goto('/')
    await page.getByRole('list', { name: 'Tasks', exact: true }).waitFor()

    const { script, codes } = await runBackupScript(ada, ids)
    expect(codes).toEqual(ids.map((_, n) => (n < 50 ? 'deleted' : 'PAUSED')))
    await banner(page)
      .getByRole('button', { name: 'Undo what it did' })
      .waitFor({ timeout: 20_000 })
    expect(await banner(page).textContent()).toContain(sentence)

    await banner(page).getByRole('link', { name: 'See what it did' }).click()
    const did = 'Backup script moved 50 tasks to the trash'
    await page.getByRole('button', { name: `Undo all: ${did}` }).click()
    await page.getByText('Undone', { exact: true }).waitFor()
    expect(await ada.readTasks()).toEqual(before)

    await banner(page).getByRole('button', { name: 'Revoke' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    // Elements behind an open dialog have no role.
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await banner(page).waitFor({ state: 'detached' })
    expect(await script('{ viewer { id } }')).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    })
  })
})

describe('the banner of a paused program', () => {
  it('undoes what the program did, and lets it go on, with the keyboard alone', async ({
    page,
    ada,
  }) => {
    const ids = await ada.createTasks(...manyTasks.slice(0, 51))
    const before = await ada.readTasks()
    const { script } = await runBackupScript(ada, ids)
    await page.goto('/trash')
    await banner(page).getByRole('button', { name: 'Undo what it did' }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => focusedName(page)).toBe('Keep the changes')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText('50 changes are undone.').first().waitFor()
    await expect.poll(ada.readTasks).toEqual(before)
    await expect.poll(() => focusedName(page)).toBe('Undo what it did')
    await banner(page).getByRole('button', { name: 'Let it go on' }).focus()
    await page.keyboard.press('Enter')
    await banner(page).waitFor({ state: 'detached' })
    expect((await script(deletion, { id: ids[0] })).errors).toBeUndefined()
  })

  it.for([320, 1440])('is readable on every page at %i px', async (width, { page, ada }) => {
    await runBackupScript(ada, await ada.createTasks(...manyTasks.slice(0, 51)))
    await page.setViewportSize({ width, height: 800 })
    for (const path of ['/', '/trash', '/developer', '/apps', '/account', '/activity']) {
      await page.goto(path)
      await banner(page).getByRole('button', { name: 'Let it go on' }).waitFor()
      await page.getByRole('heading', { level: 1 }).waitFor()
      expect(await findViolations(page)).toEqual([])
    }
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await findViolations(page, { rules: colourRules })).toEqual([])
    await page.emulateMedia({ forcedColors: 'active' })
    expect(await findViolations(page, { rules: colourRules })).toEqual([])
    expect(await measureOverflow(page)).toBe(0)
  })
})
