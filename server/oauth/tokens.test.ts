import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, startApp } from '../testing/app.ts'
import { allow, errorOf, type ForeignApp, post, redeem, registerApp } from '../testing/oauth.ts'

let app: App
let notebook: ForeignApp
beforeAll(async () => {
  app = await startApp()
  notebook = await registerApp(app)
})
afterAll(() => app.close())

const list = '{ tasks { totalCount } }'
const deleteAll = 'mutation { deleteCompletedTasks { deletedTaskIds } }'

const statusOf = async (token: string, document = list) =>
  (await app.query(document, {}, token)).status

describe('a code', () => {
  async function getCode(params?: Record<string, string>) {
    const bob = await app.signUp('Bob')
    const beginning = await notebook.begin(params)
    const back = await allow(app, bob, beginning.url)
    return { beginning, back, code: new URL(back).searchParams.get('code') }
  }

  it('is refused with the wrong verifier', async () => {
    const { beginning, back } = await getCode()
    const verifier = client.randomPKCECodeVerifier()
    expect(await errorOf(notebook.finish({ ...beginning, verifier }, back))).toBe('invalid_grant')
  })

  it('is refused without a verifier', async () => {
    const { code } = await getCode()
    const { status, body } = await redeem(app, { code, client_id: notebook.clientId })
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_request' })
  })

  it.each(['code', 'client_id', 'redirect_uri', 'resource', 'code_verifier'])(
    'is refused with a null character in %s',
    async (name) => {
      const { beginning, code } = await getCode()
      const fields = { code, code_verifier: beginning.verifier, client_id: notebook.clientId }
      const { status, body } = await redeem(app, { ...fields, [name]: 'a\0b' })
      expect({ isRefused: status === 400 || status === 401, error: body.error }).toEqual({
        isRefused: true,
        error: expect.stringMatching(/^invalid_/),
      })
    },
  )

  it.each(['a\0b:c', 'a%00b:c'])(
    'is refused to a client with the credentials %j',
    async (credentials) => {
      const response = await app.request('/api/auth/oauth2/token', {
        method: 'POST',
        headers: { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code: 'a',
          code_verifier: 'b',
        }),
      })
      expect(response.status).toBe(401)
      expect(await response.json()).toMatchObject({ error: 'invalid_client' })
    },
  )

  it('is refused to another app', async () => {
    const other = await registerApp(app)
    const { beginning, back } = await getCode()
    expect(await errorOf(other.finish(beginning, back))).toBe('invalid_grant')
  })

  it('is refused for another redirect URI', async () => {
    const { beginning, code } = await getCode()
    const redirect_uri = 'http://127.0.0.1:50123/callback'
    const fields = { code, redirect_uri, code_verifier: beginning.verifier }
    const { body } = await redeem(app, { ...fields, client_id: notebook.clientId })
    expect(body.error).toBe('invalid_grant')
  })

  it('is refused for another resource', async () => {
    const { beginning, code } = await getCode()
    const fields = { code, code_verifier: beginning.verifier, client_id: notebook.clientId }
    const { body } = await redeem(app, { ...fields, resource: 'https://api.example.com' })
    expect(body.error).toBe('invalid_target')
  })

  it('gives tokens to only one of several concurrent requests', async () => {
    const { beginning, back } = await getCode({ scope: 'tasks:read offline_access' })
    const asked = Array.from({ length: 5 }, () => errorOf(notebook.finish(beginning, back)))
    const errors = await Promise.all(asked)
    expect(errors.filter((error) => error === undefined).length).toBeLessThanOrEqual(1)
    expect(errors.filter((error) => error === 'invalid_grant').length).toBeGreaterThanOrEqual(4)
  })

  it('that is used twice revokes its tokens', async () => {
    const { beginning, back } = await getCode({ scope: 'tasks:read offline_access' })
    const tokens = await notebook.finish(beginning, back)
    expect(await statusOf(tokens.access_token)).toBe(200)
    expect(await errorOf(notebook.finish(beginning, back))).toBe('invalid_grant')
    expect(await statusOf(tokens.access_token)).toBe(401)
    expect(await errorOf(notebook.refresh(tokens))).toBe('invalid_grant')
  })

  it('that is used a third time revokes nothing more', async () => {
    const { beginning, back } = await getCode()
    await notebook.finish(beginning, back)
    await errorOf(notebook.finish(beginning, back))
    const ended = await countEnded()
    expect(await errorOf(notebook.finish(beginning, back))).toBe('invalid_grant')
    expect(await countEnded()).toBe(ended)
  })

  it('that is used twice revokes an access token without a refresh token', async () => {
    const { beginning, back } = await getCode()
    const { access_token } = await notebook.finish(beginning, back)
    await errorOf(notebook.finish(beginning, back))
    expect(await statusOf(access_token)).toBe(401)
  })
})

async function countEnded(): Promise<number> {
  return (await app.pool.query('select 1 from ended_sessions')).rows.length
}

describe('a refresh token', () => {
  const offline = { scope: 'tasks:read tasks:write offline_access' }
  const connectBob = async () => notebook.connect(await app.signUp('Bob'), offline)

  it('gives a new access token and a new refresh token', async () => {
    const first = await connectBob()
    const second = await notebook.refresh(first)
    expect(second.refresh_token).toMatch(/^taskward_refresh_/)
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(await statusOf(second.access_token, deleteAll)).toBe(200)
  })

  it('gives fewer scopes on request, and never more', async () => {
    const tokens = await connectBob()
    expect(await errorOf(notebook.refresh(tokens, { scope: 'email' }))).toBe('invalid_scope')
    const { access_token } = await notebook.refresh(tokens, { scope: 'tasks:read' })
    expect(await statusOf(access_token, deleteAll)).toBe(403)
  })

  it('gives a new one to only one of several concurrent requests', async () => {
    const tokens = await connectBob()
    const asked = Array.from({ length: 5 }, () => errorOf(notebook.refresh(tokens)))
    const errors = await Promise.all(asked)
    expect(errors.filter((error) => error === undefined).length).toBeLessThanOrEqual(1)
    expect(errors.filter((error) => error === 'invalid_grant').length).toBeGreaterThanOrEqual(4)
  })

  it('that is used twice revokes its whole family and the access tokens', async () => {
    const first = await connectBob()
    const second = await notebook.refresh(first)
    expect(await errorOf(notebook.refresh(first))).toBe('invalid_grant')
    expect(await statusOf(second.access_token)).toBe(401)
    expect(await errorOf(notebook.refresh(second))).toBe('invalid_grant')
  })

  it('is refused to another app', async () => {
    const other = await registerApp(app)
    const { refresh_token = '' } = await connectBob()
    const stolen = client.refreshTokenGrant(other.config, refresh_token)
    expect(await errorOf(stolen)).toBe('invalid_grant')
  })

  it('for more scopes than the user now allows is refused', async () => {
    const bob = await app.signUp('Bob')
    const tokens = await notebook.connect(bob, offline)
    await notebook.connect(bob, { scope: 'tasks:read', prompt: 'consent' })
    expect(await errorOf(notebook.refresh(tokens))).toBe('invalid_grant')
    const { access_token } = await notebook.refresh(tokens, { scope: 'tasks:read' })
    expect(await statusOf(access_token)).toBe(200)
  })

  it('that was never issued is refused', async () => {
    for (const made of ['taskward_refresh_made-up', 'made-up']) {
      expect(await errorOf(client.refreshTokenGrant(notebook.config, made))).toBe('invalid_grant')
    }
  })

  it('stays valid after sign-out, while its access token is revoked', async () => {
    const bob = await app.signUp('Bob')
    const tokens = await notebook.connect(bob, offline)
    await post(app, bob, '/sign-out', {})
    expect(await statusOf(tokens.access_token)).toBe(401)
    const { access_token } = await notebook.refresh(tokens)
    expect(await statusOf(access_token)).toBe(200)
  })
})

describe('revocation', () => {
  const offline = { scope: 'tasks:read offline_access' }

  it('revokes an access token and keeps the app connected', async () => {
    const tokens = await notebook.connect(await app.signUp('Bob'), offline)
    await client.tokenRevocation(notebook.config, tokens.access_token)
    expect(await statusOf(tokens.access_token)).toBe(401)
    expect(await statusOf((await notebook.refresh(tokens)).access_token)).toBe(200)
  })

  it('of the same access token again revokes no other', async () => {
    const tokens = await notebook.connect(await app.signUp('Bob'), offline)
    await client.tokenRevocation(notebook.config, tokens.access_token)
    const { access_token } = await notebook.refresh(tokens)
    await client.tokenRevocation(notebook.config, tokens.access_token)
    expect(await statusOf(access_token)).toBe(200)
  })

  it('revokes a refresh token with its access tokens', async () => {
    const tokens = await notebook.connect(await app.signUp('Bob'), offline)
    await client.tokenRevocation(notebook.config, tokens.refresh_token ?? '')
    expect(await statusOf(tokens.access_token)).toBe(401)
    expect(await errorOf(notebook.refresh(tokens))).toBe('invalid_grant')
  })

  it('by another app does nothing', async () => {
    const other = await registerApp(app)
    const tokens = await notebook.connect(await app.signUp('Bob'), offline)
    await client.tokenRevocation(other.config, tokens.access_token)
    await client.tokenRevocation(other.config, tokens.refresh_token ?? '')
    expect(await statusOf(tokens.access_token)).toBe(200)
    expect(await statusOf((await notebook.refresh(tokens)).access_token)).toBe(200)
  })

  it('of an unknown token is no error (RFC 7009 §2.2)', async () => {
    await client.tokenRevocation(notebook.config, 'made-up')
  })
})
