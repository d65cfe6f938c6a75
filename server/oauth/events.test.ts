import { expect, vi } from 'vitest'
import { recordLog } from '../testing/log.ts'
import { allow, connectedAppId, errorOf, post } from '../testing/oauth.ts'
import { withLog } from '../testing/test.ts'

const { log, lines } = recordLog()
const it = withLog(log)

const lineOf = (event: string) =>
  vi.waitFor(() => {
    const line = lines().find((one) => one.event === event)
    expect(line).toBeDefined()
    return line
  })

const origin = { address: '127.0.0.1', requestId: expect.any(String) }

it('audit events of apps name client, user and address, and contain no secret', async ({
  app,
  ada,
  notebook,
}) => {
  const beginning = await notebook.begin({ scope: 'tasks:read offline_access' })
  const back = await allow(app, ada, beginning.url)
  const tokens = await notebook.finish(beginning, back)
  const parties = { clientId: notebook.clientId, userId: ada.id }
  expect(await lineOf('app_registered')).toMatchObject({ clientId: notebook.clientId, ...origin })
  expect(await lineOf('app_connected')).toMatchObject({ ...parties, ...origin })

  await errorOf(notebook.finish(beginning, back))
  expect(await lineOf('app_token_replayed')).toMatchObject({ ...parties, ...origin })

  await post(app, ada, '/connected-app/disconnect', { id: await connectedAppId(app, ada) })
  expect(await lineOf('app_disconnected')).toMatchObject({ ...parties, ...origin })

  const code = new URL(back).searchParams.get('code') ?? ''
  for (const secret of [code, beginning.verifier, tokens.access_token, tokens.refresh_token])
    expect(JSON.stringify(lines())).not.toContain(secret)
})
