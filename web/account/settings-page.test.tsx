import { act, configure, render, screen, waitFor, within } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { MemoryRouter } from 'react-router'
import { Provider } from 'urql'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createTestClient } from '../testing/client.ts'
import { ada, refusal, startServer } from '../testing/server.ts'
import { task } from '../testing/task-api.ts'
import type { OwnSession } from './sessions.ts'

// The tests load and render a whole page, on machines that may be busy with other tests.
configure({ asyncUtilTimeout: 5_000 })
vi.setConfig({ testTimeout: 20_000 })

// A session belongs to a page: each test loads its modules anew.
beforeEach(() => vi.resetModules())

const route = '/api/auth/change-password'

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const now = new Date().toISOString()
const sessions: OwnSession[] = [
  { id: 'other', createdAt: '2020-01-02T09:00:00Z', lastSeenAt: now, userAgent: 'curl/8.14.1' },
  { id: 'this', createdAt: now, lastSeenAt: now, userAgent: firefox },
].map((session) => ({ ...session, isCurrent: session.id === 'this' }))

const lists = {
  '/api/auth/access-token/list': [{}, {}],
  '/api/auth/connected-app/list': [{}],
}

type Server = ReturnType<typeof startServer>

async function openPage(prepare = (_server: Server) => {}, path = '/account') {
  const server = startServer({ account: ada, tasks: [task(1), task(2), task(3)] })
  for (const [path, list] of Object.entries({ ...lists, '/api/auth/session/list': sessions }))
    server.answers[path] = () => Response.json(list)
  prepare(server)
  const auth = await import('../session/session.ts')
  await auth.restoreSession()
  const { SettingsPage } = await import('./settings-page.tsx')
  const page = (
    <Provider value={createTestClient(server, [])}>
      <MemoryRouter initialEntries={[path]}>
        <SettingsPage />
      </MemoryRouter>
    </Provider>
  )
  await act(async () => render(page))
  await waitFor(() => expect(screen.queryByText('Looking for your sessions…')).toBeNull())
  return { server, auth, user: userEvent.setup() }
}

const current = () => screen.getByLabelText('Current password')
const next = () => screen.getByLabelText('New password')
const press = () => act(async () => screen.getByRole('button', { name: 'Change password' }).click())

describe('changing the password', () => {
  it('revokes what is ticked, and requests a token of the new session', async () => {
    const { server, auth, user } = await openPage()
    server.answers[route] = () => Response.json({ token: 'of the session', user: ada })
    const before = auth.heldToken()?.jwt
    await user.type(current(), 'correct horse')
    await user.type(next(), 'battery staple')
    await user.click(screen.getByRole('checkbox', { name: /Access tokens/ }))
    await press()
    expect(await screen.findByText(/Your password is changed/)).toBeVisible()
    expect(server.sent(route)).toEqual([
      {
        currentPassword: 'correct horse',
        newPassword: 'battery staple',
        revokeAccessTokens: true,
        disconnectApps: false,
      },
    ])
    expect(current()).toHaveProperty('value', '')
    expect(await auth.token()).not.toBe(before)
  })

  it.each([
    ['INVALID_PASSWORD', /The password is wrong/, current],
    ['PASSWORD_TOO_SHORT', /at least 8 characters/, next],
  ])(
    'shows the error beside the field, and keeps what was typed: %s',
    async (code, words, field) => {
      const { server, user } = await openPage()
      server.answers[route] = () => refusal(400, code)
      await user.type(current(), 'one')
      await user.type(next(), 'two')
      await press()
      expect(await screen.findByText(words)).toBeVisible()
      expect(document.activeElement).toBe(field())
      expect(field().getAttribute('aria-invalid')).toBe('true')
      expect([current(), next()]).toMatchObject([{ value: 'one' }, { value: 'two' }])
    },
  )

  it('reports an empty field without a request', async () => {
    const { server } = await openPage()
    await press()
    expect(screen.getByText('Enter your current password.')).toBeVisible()
    expect(server.sent(route)).toEqual([])
  })

  it('names the account for a password manager', async () => {
    await openPage()
    const hints = [screen.getByDisplayValue(ada.email), current(), next()].map((input) =>
      input.getAttribute('autocomplete'),
    )
    expect(hints).toEqual(['username', 'current-password', 'new-password'])
  })
})

describe('the OpenID provider', () => {
  const connect = () => screen.findByRole('button', { name: 'Connect Example ID' })
  const withProvider = (server: Server, ids: string[]) => {
    server.answers['/api/auth/sign-in-options'] = () =>
      Response.json({ signUps: 'open', provider: 'Example ID' })
    server.answers['/api/auth/list-accounts'] = () =>
      Response.json(ids.map((providerId) => ({ providerId })))
  }

  it('can be connected, with the password if the sign-in was long ago', async () => {
    const { server, user } = await openPage((made) => withProvider(made, ['credential']))
    server.answers['/api/auth/link-social'] = () => refusal(403, 'SESSION_NOT_FRESH')
    await user.click(await connect())
    await user.type(await screen.findByLabelText('Password'), 'correct horse')
    server.answers['/api/auth/link-social'] = () => refusal(424, 'PROVIDER_UNAVAILABLE')
    await user.click(await connect())
    expect(await screen.findByText('The server says PROVIDER_UNAVAILABLE.')).toBeVisible()
    const page = `${window.location.origin}/account`
    const body = { provider: 'oidc', callbackURL: page, errorCallbackURL: page }
    expect(server.sent('/api/auth/link-social')).toEqual([
      body,
      { ...body, password: 'correct horse' },
    ])
  })

  it('says that it is connected', async () => {
    await openPage((server) => withProvider(server, ['credential', 'oidc']))
    expect(await screen.findByText(/Example ID is connected/)).toBeVisible()
    expect(screen.queryByRole('button', { name: 'Connect Example ID' })).toBeNull()
  })

  it('says why it was not connected', async () => {
    const path = '/account?error=account_already_linked_to_different_user'
    await openPage((server) => withProvider(server, ['credential']), path)
    expect(await screen.findByText(/has another account here/)).toBeVisible()
  })

  it('is not mentioned on a server without one', async () => {
    const { server } = await openPage()
    await waitFor(() => expect(server.count('/api/auth/sign-in-options')).toBe(1))
    expect(screen.queryByRole('heading', { name: /^Sign in with/ })).toBeNull()
    expect(server.count('/api/auth/list-accounts')).toBe(0)
  })
})

describe('the name', () => {
  const field = () => screen.getByLabelText('Name')
  const save = () => act(async () => screen.getByRole('button', { name: 'Save name' }).click())

  it('is saved, and shown by the session of the page', async () => {
    const { server, auth, user } = await openPage()
    server.answers['/api/auth/update-user'] = ({ body }) => {
      server.account = { ...ada, ...JSON.parse(body) }
      return Response.json({ status: true })
    }
    await user.clear(field())
    await user.type(field(), ' Ada Lovelace ')
    await save()
    expect(await screen.findByText('Your name is saved.')).toBeVisible()
    expect(server.sent('/api/auth/update-user')).toEqual([{ name: 'Ada Lovelace' }])
    expect(auth.session.get()).toMatchObject({ account: { name: 'Ada Lovelace' } })
  })

  it('must not be empty', async () => {
    const { server, user } = await openPage()
    await user.clear(field())
    await save()
    expect(screen.getByText('Enter your name.')).toBeVisible()
    expect(document.activeElement).toBe(field())
    expect(server.count('/api/auth/update-user')).toBe(0)
  })
})

describe('the sessions', () => {
  const rows = () =>
    within(screen.getByRole('list', { name: 'Sessions' }))
      .getAllByRole('listitem')
      .map(({ textContent }) => textContent)

  it('are in the list with their device, the one of this page first', async () => {
    await openPage()
    expect(rows()).toEqual([
      'Firefox on LinuxThis browsersigned in today · last seen today',
      'curlsigned in 2 Jan 2020 · last seen todayEnd',
    ])
  })

  it.each([
    ['one', 'End curl', '/api/auth/session/revoke', { id: 'other' }],
    ['all others', 'End all other sessions', '/api/auth/revoke-other-sessions', {}],
  ])('end after a question: %s', async (_, button, path, body) => {
    const { server, user } = await openPage()
    server.answers[path] = () => Response.json({})
    await user.click(screen.getByRole('button', { name: button }))
    expect(server.count(path)).toBe(0)
    server.answers['/api/auth/session/list'] = () => Response.json(sessions.slice(1))
    await act(async () => screen.getByRole('button', { name: 'End' }).click())
    await waitFor(() => expect(rows()).toHaveLength(1))
    expect(server.sent(path)).toEqual([body])
    expect(screen.queryByRole('button', { name: 'End all other sessions' })).toBeNull()
  })

  it('are ten at first', async () => {
    const many = Array.from({ length: 12 }, (_, n) => ({ ...sessions[0], id: `${n}` }))
    const { user } = await openPage((server) => {
      server.answers['/api/auth/session/list'] = () => Response.json(many)
    })
    expect(rows()).toHaveLength(10)
    await user.click(screen.getByRole('button', { name: 'Show all 12' }))
    expect(rows()).toHaveLength(12)
  })

  it('offer a retry when they cannot be loaded', async () => {
    const { server } = await openPage((made) => {
      made.answers['/api/auth/session/list'] = () => refusal(409, 'NOT_TODAY')
    })
    server.answers['/api/auth/session/list'] = () => Response.json(sessions)
    await act(async () => screen.getByRole('button', { name: 'Try again' }).click())
    await waitFor(() => expect(rows()).toHaveLength(2))
  })
})

it('counts the programs, with links to their pages', async () => {
  await openPage()
  const item = (name: string) => screen.getByRole('link', { name }).closest('li')?.textContent
  await waitFor(() => expect(item('Manage tokens')).toBe('Access tokens2Manage tokens'))
  expect(item('Manage apps')).toBe('Connected apps1Manage apps')
  const links = ['Manage tokens', 'Manage apps'].map((name) =>
    screen.getByRole('link', { name }).getAttribute('href'),
  )
  expect(links).toEqual(['/developer', '/apps'])
})

describe('deleting the account', () => {
  const confirm = () =>
    act(async () => screen.getByRole('button', { name: 'Delete account' }).click())

  it('says what is deleted, and needs the password', async () => {
    const { server, auth, user } = await openPage()
    await user.click(screen.getByRole('button', { name: 'Delete account…' }))
    const list = within(screen.getByRole('dialog')).getByRole('list')
    await waitFor(() => expect(list).toHaveTextContent('3 tasks.'))
    expect(list).toHaveTextContent('2 access tokens: programs that use them are refused.')
    expect(list).toHaveTextContent('The connection to 1 app.')

    await confirm()
    expect(screen.getByText('Enter your password.')).toBeVisible()
    server.answers['/api/auth/delete-user'] = () => refusal(400, 'INVALID_PASSWORD')
    await user.type(screen.getByLabelText('Password'), 'wrong horse')
    await confirm()
    expect(await screen.findByText(/The password is wrong/)).toBeVisible()
    expect(auth.session.get()).toMatchObject({ status: 'signedIn' })

    server.answers['/api/auth/delete-user'] = () => Response.json({ success: true })
    await confirm()
    await waitFor(() => expect(auth.session.get()).toEqual({ status: 'signedOut' }))
    expect(server.sent('/api/auth/delete-user')).toEqual([
      { password: 'wrong horse' },
      { password: 'wrong horse' },
    ])
  })
})
