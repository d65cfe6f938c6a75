import { Writable } from 'node:stream'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createLog } from '../log/log.ts'
import { type Account, type App, startApp } from '../testing/app.ts'
import { allow, errorOf, type ForeignApp, post, registerApp } from '../testing/oauth.ts'

const lines: string[] = []
const destination = new Writable({
  write(chunk, _encoding, done) {
    lines.push(String(chunk))
    done()
  },
})

let app: App
let ada: Account
let notebook: ForeignApp
beforeAll(async () => {
  app = await startApp({ log: createLog({ isProduction: true, logLevel: 'info' }, destination) })
  ada = await app.signUp('Ada')
  notebook = await registerApp(app)
})
afterAll(() => app.close())

const lineOf = (event: string) =>
  vi.waitFor(() => {
    const line = lines.map((text) => JSON.parse(text)).find((one) => one.event === event)
    expect(line).toBeDefined()
    return line
  })

const origin = { address: '127.0.0.1', requestId: expect.any(String) }

it('audit events of apps name client, user and address, and contain no secret', async () => {
  const beginning = await notebook.begin({ scope: 'tasks:read offline_access' })
  const back = await allow(app, ada, beginning.url)
  const tokens = await notebook.finish(beginning, back)
  const parties = { clientId: notebook.clientId, userId: ada.id }
  expect(await lineOf('app_registered')).toMatchObject({ clientId: notebook.clientId, ...origin })
  expect(await lineOf('app_connected')).toMatchObject({ ...parties, ...origin })

  await errorOf(notebook.finish(beginning, back))
  expect(await lineOf('app_token_replayed')).toMatchObject({ ...parties, ...origin })

  const list = await app.request('/api/auth/connected-app/list', {
    headers: { cookie: ada.cookie },
  })
  const [connected] = (await list.json()) as { id: string }[]
  await post(app, ada, '/connected-app/disconnect', { id: connected?.id })
  expect(await lineOf('app_disconnected')).toMatchObject({ ...parties, ...origin })

  const code = new URL(back).searchParams.get('code') ?? ''
  for (const secret of [code, beginning.verifier, tokens.access_token, tokens.refresh_token])
    expect(lines.join('')).not.toContain(secret)
})
