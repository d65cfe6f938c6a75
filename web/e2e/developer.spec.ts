import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import type { BrowserContext, Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { createAccount } from './account.ts'
import { it } from './fixtures.ts'
import { focusedName, pathOf } from './locators.ts'

const shell = (command: string) =>
  promisify(execFile)('sh', ['-c', command]).then(({ stdout }) => JSON.parse(stdout))

async function copied(page: Page, what: 'token' | 'curl command'): Promise<string> {
  await page.getByRole('button', { name: `Copy ${what}` }).click()
  return page.evaluate(() => navigator.clipboard.readText())
}

const allowClipboard = (context: BrowserContext) =>
  context.grantPermissions(['clipboard-read', 'clipboard-write'])

const make = (page: Page) => page.getByRole('button', { name: 'Make token' }).click()

const query = (url: string, token: string, document: string) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: document }),
  })

describe('a new user', () => {
  it('gets from opening the site to a successful curl in nine steps', async ({ page, context }) => {
    await allowClipboard(context)
    let steps = 0
    const step = async (done: Promise<unknown>) => {
      await done
      steps += 1
    }
    await step(page.goto('/developer'))
    await step(page.getByRole('link', { name: 'Create an account' }).click())
    await step(page.getByLabel('Name').fill('Ada'))
    await step(page.getByLabel('Email').fill(`ada-${randomUUID()}@example.com`))
    await step(page.getByLabel('Password', { exact: true }).fill('correct horse battery'))
    await step(page.getByRole('button', { name: 'Create account' }).click())
    await step(make(page))
    const command = await copied(page, 'curl command')
    steps += 1
    const answer = await shell(command)
    steps += 1
    expect(answer).toEqual({
      data: { viewer: { scopes: ['tasks:read'] }, tasks: { totalCount: 0, nodes: [] } },
    })
    expect(steps).toBeLessThanOrEqual(9)
  })
})

describe('an access token', () => {
  it('can do what was ticked, and is refused once it is revoked', async ({
    page,
    context,
    url,
    ada,
  }) => {
    await allowClipboard(context)
    await ada.createTasks('Buy milk')
    await page.goto('/developer')
    await page.getByLabel('Name').fill('Nightly report')
    await page.getByRole('checkbox', { name: /email/ }).check()
    await page.getByLabel('Expires').selectOption('In 7 days')
    await make(page)
    await page.getByRole('heading', { name: 'Nightly report is ready' }).waitFor()
    expect(await focusedName(page)).toBe('Nightly report is ready')
    const token = await copied(page, 'token')
    expect(token).toMatch(/^taskward_/)
    expect(await shell(await copied(page, 'curl command'))).toMatchObject({
      data: { viewer: { email: ada.email }, tasks: { nodes: [{ title: 'Buy milk' }] } },
    })
    const forbidden = await query(
      url,
      token,
      'mutation { deleteCompletedTasks { deletedTaskIds } }',
    )
    expect(forbidden.status).toBe(403)

    await page.getByRole('button', { name: 'I have copied it' }).click()
    expect(await page.getByText(token).count()).toBe(0)
    const row = page.getByRole('listitem').filter({ hasText: 'Nightly report' })
    expect(await row.textContent()).toMatch(/email, tasks:read.*made today\s*expires /)
    await row.getByRole('button', { name: 'Revoke Nightly report' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    // Elements behind an open dialog have no role.
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await row.waitFor({ state: 'detached' })
    expect((await query(url, token, '{ viewer { id } }')).status).toBe(401)
    await expect.poll(() => focusedName(page)).toBe('Your tokens')
  })

  it('can be tried in the playground, which receives it', async ({ adasPage: page, context }) => {
    await page.goto('/developer')
    await make(page)
    const opened = context.waitForEvent('page')
    await page.getByRole('button', { name: 'Try it in the playground' }).click()
    const playground = await opened
    await playground.getByText('which may use tasks:read').waitFor()
    expect(pathOf(playground)).toBe('/graphql')
  })

  it('is kept when revoking is thought better of', async ({ page, ada }) => {
    await page.goto('/developer')
    await page
      .getByText(ada.email)
      .or(page.getByRole('button', { name: 'Make token' }))
      .waitFor()
    await make(page)
    const revoke = page.getByRole('button', { name: 'Revoke My script' })
    await revoke.click()
    await page.getByRole('button', { name: 'Keep it' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await focusedName(page)).toBe('Revoke My script')
  })

  it('is made and revoked with the keyboard only', async ({ adasPage: page }) => {
    await page.goto('/developer')
    await page.getByLabel('Name').focus()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space') // ticks email
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Enter')
    await expect.poll(() => focusedName(page)).toBe('My script is ready')
    const passed: string[] = []
    for (let presses = 0; presses < 5; presses++) {
      await page.keyboard.press('Tab')
      passed.push(await focusedName(page))
    }
    expect(passed).toEqual([
      'Copy token',
      'Copy curl command',
      'I have copied it',
      'Try it in the playground',
      'Revoke My script',
    ])
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText('You have made none yet.').waitFor()
    await expect.poll(() => focusedName(page)).toBe('Your tokens')
  })

  it('needs a name, and shows the error beside the field', async ({ adasPage: page }) => {
    await page.goto('/developer')
    await page.getByLabel('Name').fill('  ')
    await make(page)
    await page.getByText('Give the token a name.').waitFor()
    expect(await focusedName(page)).toBe('Name')
  })
})

describe('the link in a refusal', () => {
  it('opens, after signing in, a form with the missing scopes', async ({ page, url }) => {
    const bob = await createAccount(url, 'Bob')
    await page.goto('/developer?scopes=email+tasks:write')
    await page.getByLabel('Email').fill(bob.email)
    await page.getByLabel('Password', { exact: true }).fill(bob.password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    const ticked = page.getByRole('checkbox', { checked: true })
    await ticked.first().waitFor()
    const scopes = await ticked.evaluateAll((boxes) =>
      boxes.map((box) => box.getAttribute('value')),
    )
    expect(scopes).toEqual(['email', 'tasks:write'])
    expect(pathOf(page)).toMatch(/^\/developer\?scopes=email(\+|%20| )tasks(:|%3A)write$/)
  })
})

describe('the table of scopes', () => {
  it('shows for each field which scopes may use it', async ({ adasPage: page }) => {
    await page.goto('/developer')
    const cells = (field: string) =>
      page
        .getByRole('row', { name: new RegExp(`^${field} `) })
        .getByRole('cell')
        .allTextContents()
    await page.getByRole('table').waitFor()
    expect(await cells('createTask')).toEqual(['no', 'no', '✓yes', '✓yes', 'no'])
    expect(await cells('tasks')).toEqual(['no', '✓yes', 'no', '✓yes', 'no'])
    expect(await cells('viewer')).toEqual(['any token'])
  })
})
