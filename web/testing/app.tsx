import { render } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { App } from '../app.tsx'
import type { Account } from '../session/auth-http.ts'
import { restoreSession } from '../session/session.ts'
import { startServer } from './server.ts'
import { task } from './task-api.ts'

type AppOptions = {
  account?: Account
  isDown?: boolean
  /** What the server says at /sign-in-options, beyond the defaults. */
  signIn?: { signUps?: 'invite' | 'closed'; provider?: string; mail?: boolean }
}

/** The whole client at an address, with one task. */
export async function openApp(
  path: string,
  { account, isDown = false, signIn = {} }: AppOptions = {},
) {
  // jsdom has no layout.
  Element.prototype.scrollIntoView = () => {}
  const server = startServer({ account, tasks: [task(1)] })
  server.isDown = isDown
  server.answers['/api/auth/sign-in-options'] = () =>
    Response.json({ signUps: 'open', provider: null, mail: true, ...signIn })
  window.history.replaceState(null, '', path)
  await restoreSession()
  render(<App />)
  return {
    server,
    user: userEvent.setup(),
    address: () => window.location.pathname + window.location.search,
  }
}
