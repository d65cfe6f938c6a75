import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import type { Account, Program } from './account.ts'
import { colourRules, findViolations } from './axe.ts'
import { it } from './fixtures.ts'
import { focusedName, listTitles } from './locators.ts'
import { measureOverflow } from './overflow.ts'

const deletion = 'mutation ($id: ID!) { deleteTask(input: { id: $id }) { deletedTaskId } }'
const retitling =
  'mutation ($id: ID!, $title: String!) { updateTask(input: { id: $id, title: $title }) { task { id } } }'

async function deleteAll(program: Program, ids: string[]) {
  for (const id of ids) expect((await program(deletion, { id })).errors).toBeUndefined()
}

const createBackupScript = (ada: Account) =>
  ada.createProgram('Backup script', ['tasks:write', 'tasks:delete'])

const lines = (page: Page) =>
  page
    .locator('section[aria-labelledby^="day-"] > ul > li')
    .evaluateAll((items) =>
      items.map((item) => item.querySelector('p')?.textContent?.replace(/ (at|from) .*/, '')),
    )

const undo = (page: Page, what: string) =>
  page.getByRole('button', { name: `Undo all: ${what}`, exact: true })

describe('the activity', () => {
  it('shows what a program does while it is open, and undoes it with one button', async ({
    page,
    ada,
  }) => {
    const ids = await ada.createTasks('One', 'Two', { title: 'Three', labels: ['home'] })
    const before = await ada.readTasks()
    await page.goto('/')
    await page.getByRole('link', { name: 'Activity' }).click()
    await expect.poll(() => lines(page)).toEqual(['You added 3 tasks'])
    await deleteAll(await createBackupScript(ada), ids)
    const did = 'Backup script moved 3 tasks to the trash'
    await undo(page, did).waitFor()
    await expect.poll(() => lines(page)).toEqual([`Access token ${did}`, 'You added 3 tasks'])
    await undo(page, did).click()
    await page.getByText('undid 3 changes').waitFor()
    await undo(page, did).waitFor({ state: 'detached' })
    expect(await ada.readTasks()).toEqual(before)
    await page.getByRole('link', { name: /^All/ }).click()
    await expect.poll(() => listTitles(page)).toEqual(['Three', 'Two', 'One'])
  })

  it('is used with the keyboard alone, and tells what could not be undone', async ({
    page,
    ada,
  }) => {
    const [milk = '', bread = ''] = await ada.createTasks('Milk', 'Bread')
    const script = await createBackupScript(ada)
    await script(retitling, { id: milk, title: 'Milk 2' })
    await script(retitling, { id: bread, title: 'Bread 2' })
    const other = await ada.createProgram('Other script', ['tasks:write'])
    await other(retitling, { id: bread, title: 'Bread 3' })
    await page.goto('/activity')
    await undo(page, 'Backup script changed 2 tasks').focus()
    await page.keyboard.press('Enter')
    const title = '1 change is undone, 1 could not be'
    const result = page.getByRole('region', { name: title })
    await result.waitFor()
    await expect.poll(() => focusedName(page)).toBe(title)
    expect(await result.textContent()).toContain('Bread 2The task was changed again later.')
    expect(await findViolations(page)).toEqual([])
    await page.keyboard.press('Tab')
    expect(await focusedName(page)).toBe('All changes of this task')
    await page.keyboard.press('Enter')
    await page.getByText('Changes of one task: “Bread 3”.').waitFor()
    await expect
      .poll(() => lines(page))
      .toEqual([
        'Access token Other script changed “Bread 3”',
        'Access token Backup script changed “Bread 2”',
        'You added “Bread”',
      ])
  })

  it('undoes everything that one program did, and nothing else', async ({ page, ada }) => {
    const [milk = '', bread = ''] = await ada.createTasks('Milk', 'Bread')
    const before = await ada.readTasks()
    const script = await createBackupScript(ada)
    await script(retitling, { id: milk, title: 'Milk 2' })
    await deleteAll(script, [bread])
    await page.goto('/activity')
    await page.getByLabel('Who').selectOption('Backup script')
    await expect.poll(() => lines(page)).toHaveLength(2)
    await page.getByRole('button', { name: 'Undo everything shown' }).click()
    await page.getByRole('button', { name: 'Undo everything', exact: true }).click()
    await expect.poll(ada.readTasks).toEqual(before)
  })

  it.for([320, 1440])(
    'is readable, open and in forced colours, at %i px',
    async (width, { page, ada }) => {
      const ids = await ada.createTasks('One', 'T'.repeat(255))
      const script = await createBackupScript(ada)
      for (const id of ids) await script(retitling, { id, title: 'Milk 2' })
      await page.setViewportSize({ width, height: 800 })
      await page.goto('/activity')
      await page.getByRole('button', { name: 'Details of: Backup script changed 2 tasks' }).click()
      await page.getByText('changed to').first().waitFor({ state: 'attached' })
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        expect(await findViolations(page)).toEqual([])
      }
      await page.emulateMedia({ forcedColors: 'active' })
      expect(await findViolations(page, { rules: colourRules })).toEqual([])
      expect(await measureOverflow(page)).toBe(0)
    },
  )
})
