import { describe, expect, vi } from 'vitest'
import { startMailServer } from '../../server/testing/smtp.ts'
import { createAccount, signIn } from './account.ts'
import { findViolations } from './axe.ts'
import { it as base } from './fixtures.ts'
import { submitSignIn } from './locators.ts'
import { startProduct } from './product.ts'

/** Taskward with a mail server, as `npm start` runs it. */
const it = base
  .extend('mailServer', { scope: 'file' }, async ({ running: _ }, { onCleanup }) => {
    const server = await startMailServer()
    onCleanup(server.close)
    return server
  })
  .extend('product', { scope: 'file' }, async ({ mailServer }, { onCleanup }) => {
    const mail = { SMTP_URL: mailServer.url, MAIL_FROM: 'tasks@example.com' }
    const product = await startProduct('localhost', mail)
    onCleanup(product.dispose)
    return product
  })
  .extend('url', { scope: 'file' }, ({ product }) => product.url)
  .extend('openedLink', ({ mailServer }) => async (to: string) => {
    const mail = await vi.waitUntil(() => mailServer.mails.findLast((sent) => sent.to.includes(to)))
    return /http\S+/.exec(mail.text)?.[0] ?? ''
  })

describe('links in e-mails', { timeout: 120_000 }, () => {
  it('replace a forgotten password', async ({ page, url, openedLink }) => {
    const ada = await createAccount(url, 'Ada')
    await page.goto('/sign-in')
    await page.getByRole('link', { name: 'Forgot password?' }).click()
    await page.getByRole('heading', { level: 1 }).waitFor() // its code is loaded
    expect(await findViolations(page)).toEqual([])
    await page.getByLabel('Email').fill(ada.email)
    await page.getByLabel('Email').press('Enter')
    await page.getByRole('main').getByText('If an account has this email address').waitFor()
    await page.goto(await openedLink(ada.email))
    await page.getByLabel('New password').fill('another horse')
    await page.getByRole('button', { name: 'Set password' }).click()
    await page.getByRole('link', { name: 'Sign in' }).click()
    await submitSignIn(page, { email: ada.email, password: 'another horse' })
    await page.getByRole('heading', { name: 'No tasks yet' }).waitFor()
  })

  it('verify an address', async ({ page, context, url, openedLink }) => {
    const ada = await createAccount(url, 'Ada')
    await signIn(context, url, ada)
    await page.goto('/account')
    await page.getByRole('button', { name: 'Send verification link' }).click()
    await page.getByRole('main').getByText(`A link was sent to ${ada.email}`).waitFor()
    await page.goto(await openedLink(ada.email))
    await page.getByRole('heading', { level: 1 }).waitFor() // its code is loaded
    expect(await findViolations(page)).toEqual([])
    await page.getByRole('button', { name: 'Confirm' }).press('Enter')
    await page.getByRole('main').getByText(`${ada.email} is verified.`).waitFor()
    await page.goto('/account')
    await page.getByRole('heading', { name: 'Change password' }).waitFor()
    expect(await page.getByText('is not verified').count()).toBe(0)
  })
})
