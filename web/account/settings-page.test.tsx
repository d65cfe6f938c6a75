import { act, render, screen } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { MemoryRouter } from 'react-router'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ada, refusal, startServer } from '../testing/server.ts'

// A session belongs to a page: each test loads its modules anew.
beforeEach(() => vi.resetModules())

const route = '/api/auth/change-password'

async function openPage() {
  const server = startServer({ account: ada })
  const auth = await import('../session/session.ts')
  await auth.restoreSession()
  const { SettingsPage } = await import('./settings-page.tsx')
  const page = (
    <MemoryRouter>
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

it('links back to the tasks', async () => {
  await openPage()
  expect(screen.getByRole('link', { name: 'Tasks' })).toHaveAttribute('href', '/')
})
