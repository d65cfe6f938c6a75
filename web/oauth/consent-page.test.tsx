import { act, render, screen } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { BrowserRouter } from 'react-router'
import { describe, expect, it } from 'vitest'
import { ada, startServer } from '../testing/server.ts'
import { ConsentPage } from './consent-page.tsx'

const request = {
  maxDeletions: 50,
  maxChanges: 1_000,
  app: {
    name: 'Notebook',
    publisher: null as string | null,
    redirectUri: 'https://notes.example.com/callback',
  },
  scopes: [{ scope: 'tasks:read', meaning: 'See your tasks, labels, trash and history.' }],
}

async function openPage(answer?: () => Response) {
  const server = startServer({ account: ada })
  if (answer) server.answers[describes] = answer
  window.history.replaceState(null, '', '/oauth/consent?client_id=a&sig=b%2Bc')
  // In a test, a suspended component continues only within `act`.
  await act(async () =>
    render(
      <BrowserRouter>
        <ConsentPage />
      </BrowserRouter>,
    ),
  )
  return { server, user: userEvent.setup() }
}

const describes = '/api/auth/oauth2/request'
const decides = '/api/auth/oauth2/consent'
const heading = (name: string | RegExp) => screen.findByRole('heading', { name })
const button = (name: string) => screen.getByRole('button', { name })

describe('the consent page', () => {
  it('shows the app, its scopes and its redirect URI', async () => {
    const { server } = await openPage(() => Response.json(request))
    await heading('Allow Notebook to use your account?')
    expect(screen.getByText('See your tasks, labels, trash and history.')).toBeVisible()
    expect(screen.getByText('notes.example.com').parentElement?.textContent).toBe(
      'If you allow it, you are sent to notes.example.com',
    )
    expect(screen.getByText(/Taskward has not\s+checked it/)).toBeVisible()
    expect(server.sent(describes)).toEqual([{ oauth_query: 'client_id=a&sig=b%2Bc' }])
  })

  it.each([
    ['https://notes.example.com/callback', 'Notebook is an app of notes.example.org.'],
    [
      'http://127.0.0.1:9/callback',
      'Notebook says that it is the app of notes.example.org. It runs on this device, where Taskward cannot check that.',
    ],
    [
      'com.example.notes:/callback',
      'Notebook says that it is the app of notes.example.org. It runs on this device, where Taskward cannot check that.',
    ],
  ])('names the publisher of an app that is sent to %s', async (redirectUri, words) => {
    const app = { ...request.app, publisher: 'notes.example.org', redirectUri }
    await openPage(() => Response.json({ ...request, app }))
    await heading(/Allow Notebook/)
    expect(screen.getByText('notes.example.org').parentElement?.textContent).toContain(words)
  })

  it('says when an app has no name, and when it requests no scope', async () => {
    const nothing = { app: { ...request.app, name: null }, scopes: [] }
    await openPage(() => Response.json(nothing))
    await heading('Allow An app without a name to use your account?')
    expect(screen.getByText(/know that you have an account/i)).toBeVisible()
  })

  it('sends the decision, and the unchanged request', async () => {
    const { server, user } = await openPage(() => Response.json(request))
    await heading(/Allow Notebook/)
    await user.click(button('Deny'))
    expect(server.sent(decides)).toEqual([{ oauth_query: 'client_id=a&sig=b%2Bc', accept: false }])
  })

  it('asks for the limits of an app that can change tasks, and sends them', async () => {
    const scopes = [{ scope: 'tasks:delete', meaning: 'Move your tasks to the trash.' }]
    const { server, user } = await openPage(() => Response.json({ ...request, scopes }))
    await heading(/Allow Notebook/)
    const deletions = screen.getByLabelText('Tasks moved to the trash')
    await user.clear(deletions)
    await user.click(button('Allow'))
    expect(await screen.findByText('Enter a whole number from 0 to 100,000.')).toBeVisible()
    expect(document.activeElement).toBe(deletions)
    expect(server.count(decides)).toBe(0)
    await user.type(deletions, '10')
    await user.click(button('Allow'))
    expect(server.sent(decides)).toEqual([
      {
        oauth_query: 'client_id=a&sig=b%2Bc',
        accept: true,
        maxDeletions: 10,
        maxChanges: 1_000,
      },
    ])
  })

  it('shows no limits when the app only reads', async () => {
    await openPage(() => Response.json(request))
    await heading(/Allow Notebook/)
    expect(screen.queryByLabelText('Changes of any kind')).toBeNull()
  })

  it('stays, and says why, when the decision cannot be sent', async () => {
    const { user } = await openPage(() => Response.json(request))
    await heading(/Allow Notebook/)
    await user.click(button('Allow'))
    expect((await screen.findByRole('alert')).textContent).toMatch(/cannot be reached/)
    expect(button('Allow')).toBeVisible()
  })

  it('offers a retry while the server is unavailable', async () => {
    const { server, user } = await openPage()
    await heading('The request cannot be shown')
    server.answers[describes] = () => Response.json(request)
    await act(() => user.click(button('Try again')))
    await heading(/Allow Notebook/)
  })

  it('offers nothing to allow when the request was changed or is too old', async () => {
    const invalid = () => Response.json({ error: 'invalid_signature' }, { status: 400 })
    await openPage(invalid)
    await heading('This request is not valid')
    expect(screen.queryByRole('button')).toBeNull()
  })
})
