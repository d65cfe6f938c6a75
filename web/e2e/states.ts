/** The states of the pages that are tested in several sizes and colour schemes. */
import type { Page } from 'playwright-core'
import type { Account, NewTask } from './account.ts'
import { deleteButton, detailsButton, newTask, tick, titleButton, undo } from './locators.ts'
import { allowRequest, openConsent, runBackupScript } from './programs.ts'
import { manyTasks } from './sample-tasks.ts'

export type State = {
  name: string
  /** The tasks of the signed-in account. Undefined: signed out. */
  tasks?: NewTask[]
  open: (page: Page, account?: Account) => Promise<void>
}

/** Lets the pages see another server than the one that runs. */
async function offer(
  page: Page,
  options: { signUps: string; provider: string | null; mail?: boolean },
) {
  await page.route('**/api/auth/sign-in-options', (route) => route.fulfill({ json: options }))
}

const openEmpty = (path: string, heading: string) => async (page: Page) => {
  await page.goto(path)
  await page.getByRole('heading', { name: heading }).waitFor()
}

async function openTasks(page: Page) {
  await page.goto('/')
  await tick(page, 'Prepare the talk').waitFor()
}

export const states: State[] = [
  {
    name: 'sign-in',
    async open(page) {
      await page.goto('/sign-in')
      await page.getByLabel('Email').waitFor()
    },
  },
  {
    name: 'sign-in with a mistake',
    async open(page) {
      await page.goto('/sign-in?next=%2F%3Fstatus%3Dopen')
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.getByText('Enter your email address.').waitFor()
    },
  },
  {
    name: 'sign-up',
    async open(page) {
      await page.goto('/sign-up')
      await page.getByLabel('Name').waitFor()
    },
  },
  {
    name: 'sign-in with a provider',
    async open(page) {
      await offer(page, { signUps: 'invite', provider: 'Example ID' })
      await page.goto('/sign-in?error=INVITATION_REQUIRED')
      await page.getByText('A new one needs an invitation').waitFor()
    },
  },
  {
    name: 'sign-up with an invitation',
    async open(page) {
      await offer(page, { signUps: 'invite', provider: 'Example ID' })
      await page.goto('/sign-up#email=ada%40example.com&invitation=secret')
      await page.getByRole('button', { name: 'Continue with Example ID' }).waitFor()
    },
  },
  {
    name: 'sign-up that is closed',
    async open(page) {
      await offer(page, { signUps: 'closed', provider: null })
      await page.goto('/sign-up')
      await page.getByText('This server accepts no new accounts.').waitFor()
    },
  },
  {
    name: 'a new password',
    async open(page) {
      await page.goto('/reset-password#token=secret')
      await page.getByRole('button', { name: 'Set password' }).waitFor()
    },
  },
  {
    name: 'a forgotten password',
    async open(page) {
      await page.goto('/forgot')
      await page.getByRole('button', { name: 'Send link' }).waitFor()
    },
  },
  {
    name: 'a forgotten password without mail',
    async open(page) {
      await offer(page, { signUps: 'open', provider: null, mail: false })
      await page.goto('/forgot')
      await page.getByText('This server sends no email').waitFor()
    },
  },
  {
    name: 'a link that confirms an email address',
    async open(page) {
      await page.goto('/verify-email#token=secret')
      await page.getByRole('button', { name: 'Confirm' }).waitFor()
    },
  },
  {
    name: 'a page that does not exist',
    async open(page) {
      await page.goto('/nowhere')
      await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    },
  },
  { name: 'no task yet', tasks: [], open: openEmpty('/', 'No tasks yet') },
  { name: 'many tasks', tasks: manyTasks, open: openTasks },
  {
    name: 'nothing matches',
    tasks: manyTasks,
    async open(page) {
      await page.goto('/?q=zebra&priority=high')
      await page.getByRole('heading', { name: 'No tasks found' }).waitFor()
    },
  },
  {
    name: 'filters open',
    tasks: manyTasks,
    async open(page) {
      await openTasks(page)
      await page.getByRole('button', { name: 'Filters' }).click()
      await page.getByRole('group', { name: 'Priority' }).waitFor()
    },
  },
  {
    name: 'new task with everything',
    tasks: manyTasks,
    async open(page) {
      await openTasks(page)
      await newTask(page).fill('Almost too long '.repeat(15))
      await page.getByRole('button', { name: 'Due date, priority and labels' }).click()
      await page.getByRole('button', { name: 'Tomorrow' }).click()
    },
  },
  {
    name: 'details open',
    tasks: manyTasks,
    async open(page) {
      await openTasks(page)
      await detailsButton(page, 'Prepare the talk').click()
      await page.getByRole('form', { name: 'Details of Prepare the talk' }).waitFor()
    },
  },
  {
    name: 'details with two versions',
    tasks: manyTasks,
    async open(page) {
      await openTasks(page)
      await titleButton(page, 'Prepare the talk').click()
      await page.getByLabel('Description').fill('Bring the adapter, and the slides on a stick.')
      const other = await page.context().newPage()
      await other.goto(page.url())
      await other.getByRole('button', { name: 'Close details' }).waitFor()
      await other.getByLabel('Description').fill('Ask Bob for the adapter.')
      await other.keyboard.press('Tab')
      await other.getByText('Saved', { exact: true }).waitFor()
      await other.close()
      await page.getByRole('group', { name: 'Two versions: Description' }).waitFor()
    },
  },
  {
    name: 'a task that is gone',
    tasks: manyTasks,
    async open(page) {
      await page.goto('/?task=none')
      await page.getByRole('heading', { name: /is not in your list/ }).waitFor()
    },
  },
  {
    name: 'title being edited',
    tasks: manyTasks,
    async open(page) {
      await openTasks(page)
      await titleButton(page, 'Prepare the talk').click()
    },
  },
  {
    name: 'confirmation before clearing',
    tasks: manyTasks,
    async open(page) {
      await openTasks(page)
      await page.getByRole('button', { name: 'Clear completed' }).click()
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'keyboard shortcuts',
    tasks: manyTasks,
    async open(page) {
      await openTasks(page)
      await tick(page, 'Prepare the talk').focus()
      await page.keyboard.press('?')
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'undo offered',
    tasks: manyTasks,
    async open(page) {
      await openTasks(page)
      await deleteButton(page, 'W'.repeat(255)).click()
      // A hovered toast stays.
      await undo(page).hover()
    },
  },
  {
    name: 'trash',
    tasks: manyTasks,
    async open(page) {
      await openTasks(page)
      for (const title of ['Prepare the talk', 'W'.repeat(255), 'לקנות חלב, לחם וביצים']) {
        await deleteButton(page, title).click()
        await page.getByRole('button', { name: 'Dismiss' }).first().click()
      }
      await page.goto('/trash')
      await page.getByRole('button', { name: 'Restore Prepare the talk' }).waitFor()
    },
  },
  { name: 'empty trash', tasks: [], open: openEmpty('/trash', 'The trash is empty') },
  {
    name: 'activity',
    tasks: manyTasks,
    async open(page) {
      await openTasks(page)
      await runBackupScript(page, { maxDeletions: 50, deletions: 5 })
      await deleteButton(page, 'Prepare the talk').click()
      await undo(page).click()
      await page.goto('/activity')
      await page.getByRole('button', { name: /^Details of: Backup script moved 5/ }).click()
      await page.getByRole('button', { name: /^Undo everything Backup script/ }).waitFor()
    },
  },
  { name: 'no activity', tasks: [], open: openEmpty('/activity', 'Nothing has happened yet') },
  {
    name: 'paused program',
    tasks: manyTasks,
    async open(page) {
      await openTasks(page)
      await runBackupScript(page, { maxDeletions: 2, deletions: 3 })
      await page.goto('/')
      await page.getByRole('button', { name: 'Let it go on' }).waitFor()
      await tick(page, 'Prepare the talk').waitFor()
    },
  },
  {
    name: 'access token made',
    tasks: [],
    async open(page) {
      await page.goto('/developer?scopes=email+tasks:write')
      await page.getByRole('button', { name: 'Make token' }).click()
      await page.getByRole('button', { name: 'Revoke My script' }).waitFor()
    },
  },
  {
    name: 'password to be changed',
    tasks: [],
    async open(page) {
      await page.goto('/account')
      await page.getByLabel('New password').fill('another password')
      await page.getByRole('checkbox', { name: /Access tokens/ }).check()
      await page.getByRole('button', { name: 'Change password' }).click()
      await page.getByText('Enter your current password.').waitFor()
    },
  },
  {
    name: 'account',
    tasks: [],
    async open(page) {
      await page.goto('/account')
      await page.getByText('This browser', { exact: true }).waitFor()
    },
  },
  {
    name: 'account to be deleted',
    tasks: manyTasks,
    async open(page) {
      await page.goto('/account')
      await page.getByRole('button', { name: 'Delete account…' }).click()
      await page
        .getByRole('dialog')
        .getByText(/^\d+ tasks/)
        .waitFor()
    },
  },
  { name: 'no connected app', tasks: [], open: openEmpty('/apps', 'No apps yet') },
  {
    name: 'provider to be connected',
    tasks: [],
    async open(page) {
      await offer(page, { signUps: 'open', provider: 'Example ID' })
      await page.route('**/api/auth/list-accounts', (route) => route.fulfill({ json: [] }))
      await page.goto('/account')
      await page.getByRole('button', { name: 'Connect Example ID' }).waitFor()
    },
  },
  {
    name: 'access tokens',
    tasks: [],
    async open(page) {
      await page.goto('/developer')
      for (const name of [
        'Nightly report',
        'A name as long as a name can be, which is 64 characters',
      ]) {
        await page.getByLabel('Name').fill(name)
        await page.getByRole('button', { name: 'Make token' }).click()
        await page.getByRole('button', { name: 'I have copied it' }).click()
      }
      await page.getByRole('button', { name: 'Revoke Nightly report' }).waitFor()
    },
  },
  {
    name: 'consent',
    tasks: [],
    open: (page) => openConsent(page, 'https://notes.example.com/callback'),
  },
  {
    name: 'connected apps',
    tasks: [],
    async open(page) {
      for (const address of [
        'https://notes.example.com/callback',
        'com.example.notes:/callback',
        `https://${'a-subdomain-of-many-letters.'.repeat(4)}example/callback`,
      ]) {
        await openConsent(page, address)
        await page.evaluate(allowRequest)
      }
      await page.goto('/apps')
      await page.getByRole('button', { name: 'Disconnect Notebook' }).first().waitFor()
    },
  },
  {
    name: 'session over',
    tasks: manyTasks,
    async open(page) {
      await page.clock.install()
      await openTasks(page)
      await page.context().clearCookies()
      await page.clock.fastForward('15:00')
      await newTask(page).fill('Buy milk')
      await newTask(page).press('Enter')
      await page.getByRole('dialog', { name: 'Sign in again' }).waitFor()
    },
  },
]
