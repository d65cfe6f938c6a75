import { screen, waitFor } from '@testing-library/react'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openApp } from '../testing/app.tsx'
import { ada, refusal } from '../testing/server.ts'
import { newTaskField, row } from '../testing/task-page.tsx'
import { keepDraft, readDraft } from '../ui/drafts.ts'

type User = Awaited<ReturnType<typeof openApp>>['user']

const email = () => screen.getByRole('textbox', { name: 'Email' })
const password = () => screen.getByLabelText('Password')

async function signIn(user: User, secret = 'correct horse') {
  await user.type(password(), `${secret}{Enter}`)
}

describe('a protected page', () => {
  it('redirects to sign-in, and back afterwards', async () => {
    const { user, address } = await openApp('/?status=open&q=task')
    expect(address()).toBe('/sign-in?next=%2F%3Fstatus%3Dopen%26q%3Dtask')
    await user.type(email(), 'ada@example.com')
    await signIn(user)
    expect(await row('Task 1')).toBeVisible()
    expect(address()).toBe('/?status=open&q=task')
  })

  it('offers a retry while the server is unavailable', async () => {
    const { server, user } = await openApp('/', { account: ada, isDown: true })
    expect(screen.getByRole('heading', { name: 'Taskward cannot be reached' })).toBeVisible()
    server.isDown = false
    await user.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await row('Task 1')).toBeVisible()
  })
})

describe('signing in', () => {
  it('never leads to another site', async () => {
    const { user, address } = await openApp('/sign-in?next=//evil.example')
    await user.type(email(), 'ada@example.com')
    await signIn(user)
    await row('Task 1')
    expect(address()).toBe('/')
  })

  it('shows the error beside the field, and moves the focus there', async () => {
    const { user } = await openApp('/sign-in')
    await user.type(email(), 'ada@example.com')
    await signIn(user, 'wrong horse')
    expect(await screen.findByText(/email or the password is wrong/)).toBeVisible()
    expect(document.activeElement).toBe(password())
    expect(password().getAttribute('aria-invalid')).toBe('true')
    expect(password()).toHaveProperty('value', 'wrong horse')
  })

  it('reports an empty field without a request', async () => {
    const { server, user } = await openApp('/sign-in')
    await user.click(screen.getByRole('button', { name: 'Sign in' }))
    expect(screen.getByText('Enter your email address.')).toBeVisible()
    expect(document.activeElement).toBe(email())
    expect(server.count('/api/auth/sign-in/email')).toBe(0)
  })

  it('says what to do when the browser does not keep the cookie', async () => {
    const { server, user } = await openApp('/sign-in')
    server.answers['/api/auth/token'] = () => refusal(401, 'UNAUTHORIZED')
    await user.type(email(), 'ada@example.com')
    await signIn(user)
    expect(await screen.findByText(/did not keep the cookie.*Allow cookies/)).toBeVisible()
    expect(password()).toHaveProperty('value', 'correct horse')
  })

  it('says that cookies are blocked before anything is typed', async () => {
    vi.spyOn(navigator, 'cookieEnabled', 'get').mockReturnValue(false)
    onTestFinished(() => {
      vi.restoreAllMocks()
    })
    await openApp('/sign-in')
    expect(screen.getByText(/blocks cookies for this site/)).toBeVisible()
  })

  it('redirects a user who is signed in already', async () => {
    const { address } = await openApp('/sign-in?next=%2F%3Fstatus%3Ddone', { account: ada })
    await screen.findByRole('heading', { name: 'No completed tasks yet' })
    expect(address()).toBe('/?status=done')
  })

  it('can show the password that is being typed', async () => {
    const { user } = await openApp('/sign-in')
    await user.type(password(), 'secret')
    await user.click(screen.getByRole('button', { name: 'Show password' }))
    expect(password()).toHaveProperty('type', 'text')
    await user.click(screen.getByRole('button', { name: 'Hide password' }))
    expect(password()).toHaveProperty('type', 'password')
  })
})

describe('signing up', () => {
  it('opens a session', async () => {
    const { user, address } = await openApp('/sign-up')
    await user.type(await screen.findByRole('textbox', { name: 'Name' }), 'Bob')
    await user.type(email(), 'bob@example.com')
    await user.type(password(), 'correct horse')
    await user.click(screen.getByRole('button', { name: 'Create account' }))
    expect(await row('Task 1')).toBeVisible()
    expect(address()).toBe('/')
  })

  it('shows the error of a field in place of its hint', async () => {
    const { user } = await openApp('/sign-up')
    await user.type(await screen.findByRole('textbox', { name: 'Name' }), 'Bob')
    await user.type(email(), 'bob@example.com')
    expect(password()).toHaveAccessibleDescription('8 to 128 characters.')
    await user.click(screen.getByRole('button', { name: 'Create account' }))
    expect(await screen.findByText('Enter your password.')).toBeVisible()
    expect(screen.queryByText('8 to 128 characters.')).toBeNull()
    expect(password()).toHaveAccessibleDescription('Enter your password.')
  })

  it('says that the email is taken', async () => {
    const { user } = await openApp('/sign-up')
    await user.type(await screen.findByRole('textbox', { name: 'Name' }), 'Ada')
    await user.type(email(), 'ada@example.com')
    await user.type(password(), 'correct horse{Enter}')
    expect(await screen.findByText(/already an account with this email/)).toBeVisible()
    expect(document.activeElement).toBe(email())
  })
})

describe('a server with SIGN_UPS=closed', () => {
  it('shows a sentence instead of the sign-up form', async () => {
    await openApp('/sign-up', { signIn: { signUps: 'closed' } })
    expect(await screen.findByText(/accepts no new accounts/)).toBeVisible()
    expect(screen.queryByRole('button', { name: 'Create account' })).toBeNull()
  })

  it('shows no link to the sign-up page', async () => {
    await openApp('/sign-in', { signIn: { signUps: 'closed' } })
    await waitFor(() =>
      expect(screen.queryByRole('link', { name: 'Create an account' })).toBeNull(),
    )
  })
})

describe('a server with SIGN_UPS=invite', () => {
  it('shows the form to the user of an invitation only, and sends its secret', async () => {
    const { server, user } = await openApp('/sign-up#email=bob%40example.com&invitation=secret', {
      signIn: { signUps: 'invite' },
    })
    await user.type(await screen.findByRole('textbox', { name: 'Name' }), 'Bob')
    expect(email()).toHaveProperty('value', 'bob@example.com')
    expect(email()).toHaveProperty('readOnly', true)
    await user.type(password(), 'correct horse{Enter}')
    await row('Task 1')
    expect(server.sent('/api/auth/sign-up/email')).toEqual([
      { name: 'Bob', email: 'bob@example.com', password: 'correct horse', invitation: 'secret' },
    ])
  })

  it('shows a sentence instead of the form without an invitation', async () => {
    await openApp('/sign-up', { signIn: { signUps: 'invite' } })
    expect(await screen.findByText(/needs an invitation/)).toBeVisible()
    expect(screen.queryByRole('button', { name: 'Create account' })).toBeNull()
  })
})

describe('sign-in with an OpenID provider', () => {
  const signIn = { provider: 'Example ID' }

  it('sends where to go afterwards, and where to show an error', async () => {
    const { server, user } = await openApp('/sign-in?next=%2F%3Fstatus%3Dopen&error=x', { signIn })
    server.answers['/api/auth/sign-in/social'] = () => refusal(424, 'PROVIDER_UNAVAILABLE')
    await user.click(await screen.findByRole('button', { name: 'Continue with Example ID' }))
    expect(await screen.findByText('The server says PROVIDER_UNAVAILABLE.')).toBeVisible()
    const { origin } = window.location
    expect(server.sent('/api/auth/sign-in/social')).toEqual([
      {
        provider: 'oidc',
        callbackURL: `${origin}/?status=open`,
        errorCallbackURL: `${origin}/sign-in?next=%2F%3Fstatus%3Dopen`,
      },
    ])
  })

  it.for([
    ['SIGN_UPS_CLOSED', /this server accepts no new ones/],
    ['access_denied', /You were not signed in at Example ID/],
    ['account_not_linked', /already an account with your e-mail address/],
    ['toString', /failed \(toString\)/],
  ] as const)('explains the error %s', async ([code, words]) => {
    await openApp(`/sign-in?error=${code}`, { signIn })
    expect(await screen.findByText(words)).toBeVisible()
  })

  it('sends the invitation of a first sign-in', async () => {
    const { server, user } = await openApp('/sign-up#email=bob%40example.com&invitation=secret', {
      signIn: { ...signIn, signUps: 'invite' },
    })
    server.answers['/api/auth/sign-in/social'] = () => refusal(424, 'PROVIDER_UNAVAILABLE')
    await user.click(await screen.findByRole('button', { name: 'Continue with Example ID' }))
    expect(server.sent('/api/auth/sign-in/social')).toEqual([
      expect.objectContaining({ additionalData: { invitation: 'secret' } }),
    ])
  })

  it('is not offered by a server without a provider', async () => {
    await openApp('/sign-up')
    await screen.findByRole('button', { name: 'Create account' })
    expect(screen.queryByRole('button', { name: /^Continue with/ })).toBeNull()
  })
})

describe('a link that sets a new password', () => {
  const newPassword = () => screen.findByLabelText('New password')

  it('sets it, and says what has ended', async () => {
    const { server, user } = await openApp('/reset-password#token=secret')
    server.answers['/api/auth/reset-password'] = () => Response.json({ status: true })
    await user.type(await newPassword(), 'another horse{Enter}')
    const link = await screen.findByRole('link', { name: 'Sign in' })
    expect(link).toHaveProperty('pathname', '/sign-in')
    expect(screen.getByRole('main').textContent).toContain(
      'Your password is set. Your sessions, access tokens and connected apps have ended.',
    )
    expect(server.sent('/api/auth/reset-password')).toEqual([
      { token: 'secret', newPassword: 'another horse' },
    ])
  })

  it('says what to do if it was used', async () => {
    const { server, user } = await openApp('/reset-password#token=secret')
    server.answers['/api/auth/reset-password'] = () => refusal(400, 'INVALID_TOKEN')
    await user.type(await newPassword(), 'another horse{Enter}')
    expect(await screen.findByText(/This link has expired or was used/)).toBeVisible()
  })

  it('shows a refusal of the password beside the field', async () => {
    const { server, user } = await openApp('/reset-password#token=secret')
    server.answers['/api/auth/reset-password'] = () => refusal(400, 'PASSWORD_TOO_SHORT')
    await user.type(await newPassword(), 'short{Enter}')
    expect(await screen.findByText('The password needs at least 8 characters.')).toBeVisible()
    expect(document.activeElement).toBe(await newPassword())
  })
})

describe('a forgotten password', () => {
  it('sends the address, and says the same whether or not it has an account', async () => {
    const { server, user, address } = await openApp('/sign-in')
    server.answers['/api/auth/request-password-reset'] = () => Response.json({ status: true })
    await user.click(await screen.findByRole('link', { name: 'Forgot password?' }))
    expect(address()).toBe('/forgot')
    await user.type(await screen.findByRole('textbox', { name: 'Email' }), 'ada@example.com{Enter}')
    expect(await screen.findByText(/^If an account has/, { selector: 'main p' })).toBeVisible()
    expect(server.sent('/api/auth/request-password-reset')).toEqual([{ email: 'ada@example.com' }])
  })

  it('needs an address', async () => {
    const { user } = await openApp('/forgot')
    await user.click(await screen.findByRole('button', { name: 'Send link' }))
    expect(await screen.findByText('Enter your email address.')).toBeVisible()
  })

  it('says what to do if the server sends no e-mail', async () => {
    await openApp('/forgot', { signIn: { mail: false } })
    expect(await screen.findByText(/its operator has not set it up/)).toBeVisible()
    expect(screen.queryByRole('button', { name: 'Send link' })).toBeNull()
  })
})

describe('a link that confirms an email address', () => {
  it('is used when the person says so, not when the page opens', async () => {
    const { server, user } = await openApp('/verify-email#token=secret')
    server.answers['/api/auth/verify-email'] = () =>
      Response.json({ email: 'ada@example.org', isChanged: true })
    const button = await screen.findByRole('button', { name: 'Confirm' })
    expect(server.sent('/api/auth/verify-email')).toEqual([])
    await user.click(button)
    expect(await screen.findByText(/is now ada@example.org/, { selector: 'main p' })).toBeVisible()
    expect(server.sent('/api/auth/verify-email')).toEqual([{ token: 'secret' }])
  })

  it('says what to do if it was used', async () => {
    const { server, user } = await openApp('/verify-email#token=secret')
    server.answers['/api/auth/verify-email'] = () => refusal(400, 'INVALID_TOKEN')
    await user.click(await screen.findByRole('button', { name: 'Confirm' }))
    expect(await screen.findByText(/This link has expired or was used/)).toBeVisible()
    const link = screen.getByRole('link', { name: 'Request a new link' })
    expect(link).toHaveProperty('pathname', '/account')
  })
})

describe('signing out', () => {
  it('shows the account, and leads to sign-in', async () => {
    const { user, address } = await openApp('/', { account: ada })
    await row('Task 1')
    const button = screen.getByRole('button', {
      name: 'Sign out',
      description: /Signed in as\s*Ada\s*ada@example.com/,
    })
    await user.click(button)
    await waitFor(() => expect(address()).toBe('/sign-in'))
  })

  it('first completes a deletion that could be undone', async () => {
    const { server, user } = await openApp('/', { account: ada })
    await row('Task 1')
    await user.click(screen.getByRole('button', { name: 'Delete Task 1' }))
    await user.click(screen.getByRole('button', { name: 'Sign out' }))
    await waitFor(() => expect(server.count('/api/auth/sign-out')).toBe(1))
    const deleted = server.requests.findIndex(({ body }) => body.includes('DeleteTask'))
    const signedOut = server.requests.findIndex(({ path }) => path === '/api/auth/sign-out')
    expect(deleted).toBeGreaterThan(-1)
    expect(deleted).toBeLessThan(signedOut)
  })
})

describe('the drafts of an account', () => {
  const read = () => readDraft(ada.id, 'task:1')

  it('are dropped when it signs out', async () => {
    const { user, address } = await openApp('/', { account: ada })
    await row('Task 1')
    keepDraft(ada.id, 'task:1', 'Half a note')
    await user.click(screen.getByRole('button', { name: 'Sign out' }))
    await waitFor(() => expect(address()).toBe('/sign-in'))
    await waitFor(() => expect(read()).toBeUndefined())
  })

  it('are kept when the sign-out fails', async () => {
    const { server, user } = await openApp('/', { account: ada })
    await row('Task 1')
    keepDraft(ada.id, 'task:1', 'Half a note')
    server.isDown = true
    await user.click(screen.getByRole('button', { name: 'Sign out' }))
    await waitFor(() => expect(server.count('/api/auth/sign-out')).toBe(1))
    await screen.findByRole('button', { name: 'Sign out' })
    expect(read()).toBe('Half a note')
  })
})

describe('a session that expires while the page is open', () => {
  it('shows a sign-in dialog, and keeps what was typed', async () => {
    const { server, user, address } = await openApp('/?sort=title-asc', { account: ada })
    await user.dblClick(await screen.findByRole('button', { name: 'Open Task 1' }))
    const title = await screen.findByRole('textbox', { name: 'Title' })
    await user.clear(title)
    await user.type(title, 'Half a title')
    server.endSession()
    await user.type(newTaskField(), 'Half a thought{Enter}')
    expect(
      await screen.findByText('Your session expired, sign in to go on. What you typed is kept.'),
    ).toBeVisible()
    await signIn(user)
    await waitFor(() => expect(screen.queryByText(/Your session expired, sign in/)).toBeNull())
    expect(newTaskField().value).toBe('Half a thought')
    expect(screen.getByRole('textbox', { name: 'Title' })).toHaveProperty('value', 'Half a title')
    expect(address()).toBe('/?sort=title-asc&task=task-1')
  })

  it('offers the OpenID provider in a new tab, and continues when the user comes back', async () => {
    const { server, user } = await openApp('/', {
      account: ada,
      signIn: { provider: 'Example ID' },
    })
    await row('Task 1')
    server.endSession()
    await user.type(newTaskField(), 'Buy milk{Enter}')
    const assign = vi.fn()
    const tab = { opener: window, location: { assign }, close() {} }
    const open = vi.spyOn(window, 'open').mockReturnValue(tab as unknown as Window)
    onTestFinished(() => open.mockRestore())
    server.answers['/api/auth/sign-in/social'] = () => Response.json({ url: 'https://id.example/' })
    await user.click(await screen.findByRole('button', { name: 'Continue with Example ID' }))
    await waitFor(() => expect(assign).toHaveBeenCalledWith('https://id.example/'))
    expect(tab.opener).toBeNull()
    server.account = ada
    document.dispatchEvent(new Event('visibilitychange'))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  })

  it('is mentioned on the sign-in page as well', async () => {
    const { server, user } = await openApp('/', { account: ada })
    const tick = await row('Task 1')
    server.endSession()
    await user.click(tick)
    await screen.findByRole('button', { name: 'Sign in' })
    window.history.pushState(null, '', '/sign-in')
    window.dispatchEvent(new PopStateEvent('popstate'))
    expect(await screen.findByText('Your session expired, sign in to go on.')).toBeVisible()
  })
})

it('shows a not-found page with a link to the tasks', async () => {
  await openApp('/nowhere')
  expect(screen.getByRole('heading', { name: 'There is no such page' })).toBeVisible()
  expect(screen.getByRole('link', { name: 'Go to your tasks' })).toHaveProperty('pathname', '/')
})
