import { randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import { describe, expect, onTestFinished } from 'vitest'
import { makeAccessToken, narrowed } from '../testing/access-tokens.ts'
import { type App, startApp } from '../testing/app.ts'
import { connectedAppId, post } from '../testing/oauth.ts'
import { withVariables } from '../testing/test.ts'

const secret = `${randomUUID()} ${randomUUID()}`.replace(' ', '-')
const it = withVariables({ INTROSPECTION_SECRET: secret })

const basic = (password: string) => `Basic ${Buffer.from(`gateway:${password}`).toString('base64')}`

function introspect(app: App, token: string, authorization = `Bearer ${secret}`) {
  return fetch(`${app.url}/api/auth/oauth2/introspect`, {
    method: 'POST',
    headers: { Authorization: authorization },
    body: new URLSearchParams({ token }),
  })
}

const answerOf = async (app: App, token: string) => (await introspect(app, token)).json()
const inactive = { active: false }

describe('introspection', () => {
  it('answers scopes, client and times of a token of every kind', async ({
    app,
    ada,
    notebook,
  }) => {
    const made = await makeAccessToken(app, ada, ['tasks:read'])
    const connected = await notebook.connect(ada, { scope: 'tasks:write' })
    const active = {
      active: true,
      token_type: 'Bearer',
      iss: app.url,
      aud: app.url,
      sub: ada.id,
      exp: expect.any(Number),
      iat: expect.any(Number),
    }
    const allScopes = 'account email tasks:create tasks:delete tasks:read tasks:write'
    const { sid } = decodeJwt(ada.token)
    expect(await answerOf(app, ada.token)).toEqual({ ...active, scope: allScopes, sid })
    const { exp: _none, ...unlimited } = active
    expect(await answerOf(app, made.token)).toEqual({
      ...unlimited,
      scope: 'tasks:read',
      client_id: 'a script',
      sid: made.id,
    })
    expect(await answerOf(app, await narrowed(app, made.token))).toMatchObject({
      ...active,
      jti: expect.any(String),
    })
    expect(await answerOf(app, connected.access_token)).toMatchObject({
      ...active,
      scope: 'tasks:write',
      client_id: notebook.clientId,
    })
  })

  it('knows that a token is revoked', async ({ app, notebook }) => {
    const bob = await app.signUp('Bob')
    const { access_token } = await notebook.connect(bob)
    expect(await answerOf(app, access_token)).toMatchObject({ active: true })
    await post(app, bob, '/connected-app/disconnect', { id: await connectedAppId(app, bob) })
    expect(await answerOf(app, access_token)).toEqual(inactive)
    await post(app, bob, '/sign-out', {})
    expect(await answerOf(app, bob.token)).toEqual(inactive)
  })

  it('says the same of everything unknown', async ({ app, ada, notebook }) => {
    const offline = await notebook.connect(ada, { scope: 'tasks:read offline_access' })
    const { token } = await makeAccessToken(app, ada, [])
    const unknown = [
      'made-up',
      'a.b.c',
      `${token}a`,
      `${ada.token}=`,
      ` ${ada.token}`,
      offline.refresh_token ?? '',
      secret,
      'Ä',
      app.signToken({ sub: ada.id, exp: 1 }),
      app.signToken({ sub: ada.id, aud: 'https://api.example.com' }),
    ]
    for (const text of unknown) expect(await answerOf(app, text), text).toEqual(inactive)
  })

  it('accepts the secret as the password of HTTP Basic', async ({ app, ada }) => {
    const response = await introspect(app, ada.token, basic(secret))
    expect(await response.json()).toMatchObject({ active: true })
  })

  it.for<[caller: string, authorization: string]>([
    ['without a credential', ''],
    ['with another secret', `Bearer ${secret}x`],
    ['with an empty secret', 'Bearer '],
    ['with an empty password', basic('')],
    ['with another scheme', `Token ${secret}`],
  ])('is refused to a caller %s', async ([_caller, authorization], { app, ada }) => {
    const response = await introspect(app, ada.token, authorization)
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ error: 'invalid_client' })
  })

  it('is refused to a user: a session or a token is no secret', async ({ app, ada }) => {
    const { token } = await makeAccessToken(app, ada, [])
    for (const credential of [ada.token, token])
      expect((await introspect(app, ada.token, `Bearer ${credential}`)).status).toBe(401)
    const { cookie } = ada
    const response = await post(app, { cookie }, '/oauth2/introspect', { token: ada.token })
    expect(response.status).toBe(401)
  })

  it('needs a token, by POST', async ({ app }) => {
    expect((await introspect(app, '')).status).toBe(400)
    expect((await fetch(`${app.url}/api/auth/oauth2/introspect`)).status).toBe(405)
  })

  it('is named in the metadata', async ({ app }) => {
    const response = await fetch(`${app.url}/.well-known/oauth-authorization-server`)
    expect(await response.json()).toMatchObject({
      introspection_endpoint: `${app.url}/api/auth/oauth2/introspect`,
      introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'Bearer'],
    })
  })

  it('does not exist without INTROSPECTION_SECRET', async () => {
    const app = await startApp()
    onTestFinished(app.close)
    expect((await introspect(app, 'made-up')).status).toBe(404)
    const response = await fetch(`${app.url}/.well-known/oauth-authorization-server`)
    expect(await response.json()).not.toHaveProperty('introspection_endpoint')
  })
})
