import { render } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import { App } from '../app.tsx'
import type { Account } from '../session/auth-http.ts'
import { restoreSession } from '../session/session.ts'
import { startServer } from './server.ts'
import { task } from './task-api.ts'

/** The whole client at an address, with one task. */
export async function openApp(
  path: string,
  { account, isDown = false }: { account?: Account; isDown?: boolean } = {},
) {
  const server = startServer({ account, tasks: [task(1)] })
  server.isDown = isDown
  window.history.replaceState(null, '', path)
  await restoreSession()
  render(<App />)
  return {
    server,
    user: userEvent.setup(),
    address: () => window.location.pathname + window.location.search,
  }
}
