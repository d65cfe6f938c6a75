import { act, render, screen, waitFor } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { MemoryRouter } from 'react-router'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ada, refusal, startServer } from '../testing/server.ts'
import type { AccessToken } from './access-tokens.ts'

// A session belongs to a page: each test loads its modules anew.
beforeEach(() => vi.resetModules())

const token: AccessToken = {
  id: 'token-id',
  name: 'Nightly report',
  scopes: ['email', 'tasks:read'],
  start: 'taskward_ab12',
  createdAt: new Date().toISOString(),
  expiresAt: '2020-01-02T09:00:00Z',
  lastUsedAt: null,
  actorId: 'actor-id',
  pausedAt: null,
  maxDeletions: 50,
  maxChanges: 1_000,
}

const routes = {
  list: '/api/auth/access-token/list',
  create: '/api/auth/access-token/create',
  revoke: '/api/auth/access-token/revoke',
}

async function openPage({ path = '/developer', tokens = [token], isListed = true } = {}) {
  const server = startServer({ account: ada })
  server.answers[routes.list] = () => (isListed ? Response.json(tokens) : refusal(409, 'NOT_TODAY'))
  const { restoreSession, session } = await import('../session/session.ts')
  await restoreSession()
  const { DeveloperPage } = await import('./developer-page.tsx')
  const page = (
    <MemoryRouter initialEntries={[path]}>
      <DeveloperPage />
    </MemoryRouter>
  )
  await act(async () => render(page))
  await waitFor(() => expect(screen.queryByText('Looking for your tokens…')).toBeNull())
  return { server, session, user: userEvent.setup() }
}

/** The list is refetched, and React waits for it only inside an awaited `act`. */
const press = (name: string) => act(async () => screen.getByRole('button', { name }).click())

const make = () => screen.getByRole('button', { name: 'Make token' })

describe('the limits of a token', () => {
  it('are sent as the person chose them', async () => {
    const { server, user } = await openPage()
    server.answers[routes.create] = () => Response.json({ ...token, token: 'taskward_secret' })
    await user.click(screen.getByRole('checkbox', { name: /^tasks:delete/ }))
    await user.clear(screen.getByLabelText('Tasks moved to the trash'))
    await user.type(screen.getByLabelText('Tasks moved to the trash'), '500')
    await press('Make token')
    expect(server.sent(routes.create)[0]).toMatchObject({ maxDeletions: 500, maxChanges: 1_000 })
  })

  it.each(['-1', '1.5', 'many', '', '100001'])('are not sent as %j', async (text) => {
    const { server, user } = await openPage()
    await user.click(screen.getByRole('checkbox', { name: /^tasks:write/ }))
    const field = screen.getByLabelText('Changes of any kind')
    await user.clear(field)
    if (text) await user.type(field, text)
    await press('Make token')
    expect(await screen.findByText('Enter a whole number from 0 to 100,000.')).toBeVisible()
    await waitFor(() => expect(document.activeElement).toBe(field))
    expect(server.count(routes.create)).toBe(0)
  })

  it('are asked for only as far as the scopes need them', async () => {
    const { user } = await openPage()
    const shown = () => screen.queryAllByRole('textbox').map((field) => field.getAttribute('name'))
    expect(shown()).toEqual(['name'])
    await user.click(screen.getByRole('checkbox', { name: /^tasks:write/ }))
    expect(shown()).toEqual(['name', 'maxChanges'])
    await user.click(screen.getByRole('checkbox', { name: /^tasks:delete/ }))
    expect(shown()).toEqual(['name', 'maxDeletions', 'maxChanges'])
  })

  it('are in the list, with a link to what the token did, when it can change tasks', async () => {
    const paused = { ...token, scopes: ['tasks:delete'], pausedAt: token.createdAt }
    await openPage({ tokens: [paused] })
    const words = screen.getByText(/to the trash and/)
    expect(words.textContent).toBe(
      'Paused. At most 50 to the trash and 1,000 changes in an hour. See what it did',
    )
    expect(screen.getByRole('link', { name: 'See what it did' })).toHaveAttribute(
      'href',
      '/activity?actor=actor-id',
    )
  })
})

describe('the form', () => {
  it('sends the ticked scopes, and shows the token with a command to try it', async () => {
    const { server, user } = await openPage()
    server.answers[routes.create] = () => Response.json({ ...token, token: 'taskward_secret' })
    await user.click(screen.getByRole('checkbox', { name: /^email/ }))
    await user.selectOptions(screen.getByLabelText('Expires'), 'Never')
    await press('Make token')
    expect(await screen.findByText('taskward_secret')).toBeVisible()
    expect(screen.getByText(/curl http.*Bearer taskward_secret/s)).toBeVisible()
    expect(server.sent(routes.create)).toEqual([
      {
        name: 'My script',
        scopes: ['email', 'tasks:read'],
        expiresInDays: null,
      },
    ])
    expect(server.count(routes.list)).toBe(2)
  })

  it('takes a name of 64 characters, also of those that are two UTF-16 units, and no longer one', async () => {
    const { server, user } = await openPage()
    server.answers[routes.create] = () => Response.json({ ...token, token: 'taskward_secret' })
    const name = '🖨'.repeat(64)
    await user.clear(screen.getByLabelText('Name'))
    await user.type(screen.getByLabelText('Name'), `${name}x`)
    await press('Make token')
    expect(screen.getByText('A name has at most 64 characters.')).toBeVisible()
    expect(server.sent(routes.create)).toEqual([])
    await user.type(screen.getByLabelText('Name'), '{Backspace}')
    await press('Make token')
    expect(server.sent(routes.create)).toMatchObject([{ name }])
  })

  it('ticks only the scopes that a refusal named', async () => {
    await openPage({ path: '/developer?scopes=tasks:write' })
    const ticked = screen.getAllByRole('checkbox', { checked: true })
    expect(ticked.map((box) => box.getAttribute('value'))).toEqual(['tasks:write'])
    expect(screen.getByText(/The scopes that your program needs are ticked/)).toBeVisible()
  })

  it('keeps what was typed when the server is unavailable, and says what to do', async () => {
    const { server, user } = await openPage()
    await user.clear(screen.getByLabelText('Name'))
    await user.type(screen.getByLabelText('Name'), 'Report')
    server.isDown = true
    await user.click(make())
    expect(await screen.findByText(/cannot be reached. Nothing you typed is lost/)).toBeVisible()
    expect(screen.getByLabelText('Name')).toHaveProperty('value', 'Report')
  })

  it('asks for the password only when the sign-in was long ago, and keeps what was typed', async () => {
    const { server, user } = await openPage()
    expect(screen.queryByLabelText('Password')).toBeNull()
    await user.clear(screen.getByLabelText('Name'))
    await user.type(screen.getByLabelText('Name'), 'Report')
    await user.click(screen.getByRole('checkbox', { name: /^email/ }))
    await user.selectOptions(screen.getByLabelText('Expires'), 'Never')

    server.answers[routes.create] = () => refusal(403, 'SESSION_NOT_FRESH')
    await user.click(make())
    const password = await screen.findByLabelText('Password')
    expect(screen.getByText(/signed in a while ago. Enter your password/)).toBeVisible()
    expect(document.activeElement).toBe(password)
    expect(password.getAttribute('autocomplete')).toBe('current-password')
    expect(screen.getByDisplayValue(ada.email).getAttribute('autocomplete')).toBe('username')

    await user.click(make())
    expect(await screen.findByText('Enter your password.')).toBeVisible()
    server.answers[routes.create] = () => refusal(400, 'INVALID_PASSWORD')
    await user.type(password, 'wrong horse')
    await user.click(make())
    expect(await screen.findByText(/The password is wrong/)).toBeVisible()
    expect(password.getAttribute('aria-invalid')).toBe('true')

    server.answers[routes.create] = () => Response.json({ ...token, token: 'taskward_secret' })
    await user.clear(password)
    await user.type(password, 'correct horse')
    await press('Make token')
    expect(await screen.findByText('taskward_secret')).toBeVisible()
    const typed = {
      name: 'Report',
      scopes: ['email', 'tasks:read'],
      expiresInDays: null,
    }
    expect(server.sent(routes.create)).toEqual([
      typed,
      { ...typed, password: 'wrong horse' },
      { ...typed, password: 'correct horse' },
    ])
  })

  it('updates the session state when the session has ended', async () => {
    const { server, session, user } = await openPage()
    server.answers[routes.create] = () => refusal(401, 'UNAUTHORIZED')
    server.account = undefined
    await user.click(make())
    await waitFor(() => expect(session.get()).toEqual({ status: 'expired', account: ada }))
  })
})

describe('the list', () => {
  it('shows the scopes of each token, and that it has expired', async () => {
    await openPage()
    const row = screen.getByRole('listitem')
    expect(row.textContent).toMatch(/email, tasks:read.*made today.*expired 2 Jan 2020.*never used/)
  })

  it('says that there are no tokens', async () => {
    await openPage({ tokens: [] })
    expect(screen.getByText('You have made none yet.')).toBeVisible()
  })

  it('offers a retry when it cannot be loaded', async () => {
    const { server } = await openPage({ isListed: false })
    expect(screen.getByRole('heading', { name: 'Your tokens cannot be shown' })).toBeVisible()
    server.answers[routes.list] = () => Response.json([token])
    await press('Try again')
    expect(await screen.findByText('Nightly report')).toBeVisible()
  })

  it('keeps a token that could not be revoked, and says why', async () => {
    const { server, user } = await openPage()
    server.answers[routes.revoke] = () => refusal(404, 'NOT_FOUND')
    await user.click(screen.getByRole('button', { name: 'Revoke Nightly report' }))
    await user.click(screen.getByRole('button', { name: 'Revoke' }))
    expect(await screen.findByText('The server says NOT_FOUND.')).toBeVisible()
    expect(server.sent(routes.revoke)).toEqual([{ id: token.id }])
    expect(server.count(routes.list)).toBe(1)
  })
})

describe('a token that can be copied', () => {
  it('is selected when the browser has no clipboard', async () => {
    const { server, user } = await openPage()
    server.answers[routes.create] = () => Response.json({ ...token, token: 'taskward_secret' })
    await press('Make token')
    vi.stubGlobal('navigator', { ...navigator, clipboard: undefined })
    await user.click(await screen.findByRole('button', { name: 'Copy token' }))
    expect(await screen.findByText('Press Ctrl-C')).toBeVisible()
    expect(window.getSelection()?.toString()).toBe('taskward_secret')
  })
})
