import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { startOpenIdProvider } from '../../server/testing/openid-provider.ts'
import { it as base } from './fixtures.ts'
import { listTitles, newTask, submitSignIn } from './locators.ts'
import { type Product, startProduct } from './product.ts'

/** Taskward with an OpenID provider and SIGN_UPS=invite, as `npm start` runs it. */
const it = base
  .extend('provider', { scope: 'file' }, async ({ running: _ }, { onCleanup }) => {
    const provider = await startOpenIdProvider()
    onCleanup(provider.stop)
    return provider
  })
  .extend('product', { scope: 'file' }, async ({ provider }, { onCleanup }) => {
    const product = await startProduct('localhost', { ...provider.variables, SIGN_UPS: 'invite' })
    onCleanup(product.dispose)
    provider.register(`${product.url}/api/auth/callback/oidc`)
    return product
  })
  .extend('url', { scope: 'file' }, ({ product }) => product.url)
  .extend('providerPages', { auto: true }, async ({ context, pageErrors, provider }) => {
    // The pages of the provider have no icon, and would load a font from another site.
    const font = /fonts\.googleapis\.com/
    await context.route(font, (route) => route.abort())
    for (const pattern of [font, new RegExp(`${provider.issuer}/`)]) pageErrors.expect(pattern)
  })

async function signInAtProvider(page: Page, login: string) {
  await page.getByRole('button', { name: 'Continue with Example ID' }).click()
  await page.getByPlaceholder('Enter any login').fill(login)
  await page.getByPlaceholder('and password').fill('any')
  await page.getByRole('button', { name: 'Sign-in' }).click()
}

/** Runs a command of an operator from `dist`, beside the running product. */
async function users({ url, folder }: Product, ...args: string[]): Promise<string> {
  const env = {
    ...process.env,
    NODE_ENV: 'development',
    DATABASE_URL: '',
    BETTER_AUTH_SECRET: '',
    BETTER_AUTH_URL: url,
    TASKWARD_DATA_DIR: folder,
    SIGN_UPS: 'invite',
  }
  const cwd = join(import.meta.dirname, '../..')
  const command = ['dist/server/main.js', 'users', ...args]
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd, env })
  return stdout
}

describe('sign-in with an OpenID provider', { timeout: 120_000 }, () => {
  it('leads to the provider and back, to the same tasks each time', async ({ page, product }) => {
    await page.goto(findLink(await users(product, 'invite', 'ada@example.com')))
    await signInAtProvider(page, 'ada')
    await page.getByRole('heading', { name: 'No tasks yet' }).waitFor()
    await newTask(page).fill('Write the notes')
    await newTask(page).press('Enter')
    await expect.poll(() => listTitles(page), { timeout: 10_000 }).toEqual(['Write the notes'])
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/sign-in')
    await page.goto('/?status=open')
    // The browser is still signed in at the provider, which asks for nothing.
    await page.getByRole('button', { name: 'Continue with Example ID' }).click()
    await page.waitForURL('**/?status=open')
    await expect.poll(() => listTitles(page), { timeout: 10_000 }).toEqual(['Write the notes'])
  })

  it('says on the page why a first sign-in is refused', async ({ page }) => {
    await page.goto('/sign-in')
    await signInAtProvider(page, 'carol')
    await page.getByText(/A new one needs an invitation/).waitFor()
  })
})

describe('links of an operator', { timeout: 120_000 }, () => {
  it('create an account, and set a new password', async ({ page, product }) => {
    await page.goto('/sign-up')
    await page.getByText('A new account needs an invitation.').waitFor()
    await page.goto(findLink(await users(product, 'invite', 'bob@example.com')))
    await page.reload() // the page before differs in its fragment only
    await page.getByLabel('Name').fill('Bob')
    await page.getByLabel('Password', { exact: true }).fill('correct horse')
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.getByRole('heading', { name: 'No tasks yet' }).waitFor()

    await page.goto(findLink(await users(product, 'reset-password', 'bob@example.com')))
    await page.getByLabel('New password').fill('another horse')
    await page.getByRole('button', { name: 'Set password' }).click()
    await page.getByRole('link', { name: 'Sign in' }).click()
    await submitSignIn(page, { email: 'bob@example.com', password: 'another horse' })
    await page.getByRole('heading', { name: 'No tasks yet' }).waitFor()
  })
})

function findLink(printed: string): string {
  return printed.split('\n').find((line) => line.startsWith('http')) ?? ''
}
