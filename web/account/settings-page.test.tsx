import { act, render, screen, waitFor } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { MemoryRouter } from 'react-router'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ada, refusal, startServer } from '../testing/server.ts'

// A session belongs to a page: each test loads its modules anew.
beforeEach(() => vi.resetModules())

const route = '/api/auth/change-password'

type Server = ReturnType<typeof startServer>

async function openPage(prepare = (_server: Server) => {}, path = '/account') {
  const server = startServer({ account: ada })
  prepare(server)
  const auth = await import('../session/session.ts')
  await auth.restoreSession()
  const { SettingsPage } = await import('./settings-page.tsx')
  const page = (
    <MemoryRouter initialEntries={[path]}>
      <SettingsPage />
    </MemoryRouter>
  )
  await act(async () => render(page))
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
