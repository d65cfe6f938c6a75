import { decodeJwt } from 'jose'
import * as client from 'openid-client'
import { describe, expect } from 'vitest'
import type { App } from '../testing/app.ts'
import { setClock } from '../testing/clock.ts'
import {
  allow,
  connectedAppId,
  errorOf,
  type ForeignApp,
  listConnectedApps,
  open,
  post,
  redeem,
  registerApp,
  type Tokens,
  webRedirectUri,
} from '../testing/oauth.ts'
import { it } from '../testing/test.ts'
import { countEndedSessions, statusOf } from '../testing/tokens.ts'

const list = '{ tasks { totalCount } }'
const create = 'mutation { createTask(input: { title: "Walk" }) { task { id } } }'

type Scene = { app: App; notebook: ForeignApp }

describe('a code', () => {
  async function getCode({ app, notebook }: Scene, params?: Record<string, string>) {
    const bob = await app.signUp('Bob')
    const beginning = await notebook.begin(params)
    const back = await allow(app, bob, beginning.url)
    return { beginning, back, code: new URL(back).searchParams.get('code') }
  }

  it('is refused with the wrong verifier', async ({ app, notebook }) => {
    const { beginning, back } = await getCode({ app, notebook })
    const verifier = client.randomPKCECodeVerifier()
    expect(await errorOf(notebook.finish({ ...beginning, verifier }, back))).toBe('invalid_grant')
  })

  it('is refused without a verifier', async ({ app, notebook }) => {
    const { code } = await getCode({ app, notebook })
    const { status, body } = await redeem(app, { code, client_id: notebook.clientId })
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_request' })
  })

  it.for(['code', 'client_id', 'redirect_uri', 'resource', 'code_verifier'])(
    'is refused with a null character in %s',
    async (name, { app, notebook }) => {
      const { beginning, code } = await getCode({ app, notebook })
      const fields = { code, code_verifier: beginning.verifier, client_id: notebook.clientId }
      const { status, body } = await redeem(app, { ...fields, [name]: 'a\0b' })
      expect({ isRefused: status === 400 || status === 401, error: body.error }).toEqual({
        isRefused: true,
        error: expect.stringMatching(/^invalid_/),
      })
    },
  )

  it.for(['a\0b:c', 'a%00b:c'])(
    'is refused to a client with the credentials %j',
    async (credentials, { app }) => {
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

  it('is refused to another app', async ({ app, notebook }) => {
    const other = await registerApp(app)
    const { beginning, back } = await getCode({ app, notebook })
    expect(await errorOf(other.finish(beginning, back))).toBe('invalid_grant')
  })

  it('is refused for another redirect URI', async ({ app, notebook }) => {
    const { beginning, code } = await getCode({ app, notebook })
    const redirect_uri = 'http://127.0.0.1:50123/callback'
    const fields = { code, redirect_uri, code_verifier: beginning.verifier }
    const { body } = await redeem(app, { ...fields, client_id: notebook.clientId })
    expect(body.error).toBe('invalid_grant')
  })

  it('is refused for another resource', async ({ app, notebook }) => {
    const { beginning, code } = await getCode({ app, notebook })
    const fields = { code, code_verifier: beginning.verifier, client_id: notebook.clientId }
    const { body } = await redeem(app, { ...fields, resource: 'https://api.example.com' })
    expect(body.error).toBe('invalid_target')
  })

  it('gives tokens to only one of several concurrent requests', async ({ app, notebook }) => {
    const { beginning, back } = await getCode(
      { app, notebook },
      { scope: 'tasks:read offline_access' },
    )
    const asked = Array.from({ length: 5 }, () => errorOf(notebook.finish(beginning, back)))
    const errors = await Promise.all(asked)
    expect(errors.filter((error) => error === undefined).length).toBeLessThanOrEqual(1)
    expect(errors.filter((error) => error === 'invalid_grant').length).toBeGreaterThanOrEqual(4)
  })

  it('that is used twice revokes its tokens', async ({ app, notebook }) => {
    const { beginning, back } = await getCode(
      { app, notebook },
      { scope: 'tasks:read offline_access' },
    )
    const tokens = await notebook.finish(beginning, back)
    expect(await statusOf(app, tokens.access_token)).toBe(200)
    expect(await errorOf(notebook.finish(beginning, back))).toBe('invalid_grant')
    expect(await statusOf(app, tokens.access_token)).toBe(401)
    expect(await errorOf(notebook.refresh(tokens))).toBe('invalid_grant')
  })

  it('that is used a third time revokes nothing more', async ({ app, notebook }) => {
    const { beginning, back } = await getCode({ app, notebook })
    await notebook.finish(beginning, back)
    await errorOf(notebook.finish(beginning, back))
    const ended = await countEndedSessions(app)
    expect(await errorOf(notebook.finish(beginning, back))).toBe('invalid_grant')
    expect(await countEndedSessions(app)).toBe(ended)
  })

  it('that is used twice revokes an access token without a refresh token', async ({
    app,
    notebook,
  }) => {
    const { beginning, back } = await getCode({ app, notebook })
    const { access_token } = await notebook.finish(beginning, back)
    await errorOf(notebook.finish(beginning, back))
    expect(await statusOf(app, access_token)).toBe(401)
  })
})

/** Refresh tokens that the app can still use for the account of the tokens. */
async function countLiveRefreshTokens(app: App, { clientId }: ForeignApp, tokens: Tokens) {
  const { rows } = await app.pool.query(
    `select count(*)::int as n from "oauthRefreshToken"
     where "clientId" = $1 and "userId" = $2 and revoked is null`,
    [clientId, decodeJwt(tokens.access_token).sub],
  )
  return rows[0].n
}

describe('a refresh token', () => {
  const offline = { scope: 'tasks:read tasks:write offline_access' }
  const connectBob = async ({ app, notebook }: Scene) =>
    notebook.connect(await app.signUp('Bob'), offline)

  it('gives a new access token and a new refresh token', async ({ app, notebook }) => {
    const first = await connectBob({ app, notebook })
    const second = await notebook.refresh(first)
    expect(second.refresh_token).toMatch(/^taskward_refresh_/)
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(await statusOf(app, second.access_token, create)).toBe(200)
  })

  it('gives fewer scopes on request, and never more', async ({ app, notebook }) => {
    const tokens = await connectBob({ app, notebook })
    expect(await errorOf(notebook.refresh(tokens, { scope: 'email' }))).toBe('invalid_scope')
    const { access_token } = await notebook.refresh(tokens, { scope: 'tasks:read' })
    expect(await statusOf(app, access_token, create)).toBe(403)
  })

  it('gives the same tokens to concurrent requests, which stay valid', async ({
    app,
    notebook,
  }) => {
    const tokens = await connectBob({ app, notebook })
    const answers = await Promise.all(Array.from({ length: 5 }, () => notebook.refresh(tokens)))
    const [first, ...others] = answers.map(({ access_token, refresh_token }) => ({
      access_token,
      refresh_token,
    }))
    expect(others).toEqual(others.map(() => first))
    expect(await statusOf(app, String(first?.access_token))).toBe(200)
    const next = await notebook.refresh(answers[0] ?? tokens)
    expect(await statusOf(app, next.access_token)).toBe(200)
  })

  it('that is used twice within 30 seconds gives the same tokens, also on another instance', async ({
    app,
    other,
    notebook,
  }) => {
    const first = await connectBob({ app, notebook })
    const second = await notebook.refresh(first)
    const form = { grant_type: 'refresh_token', client_id: notebook.clientId }
    const { refresh_token = null } = first
    const again = await redeem(other, { ...form, refresh_token, redirect_uri: null })
    expect(again.body).toMatchObject({
      access_token: second.access_token,
      refresh_token: second.refresh_token,
    })
    expect(await countLiveRefreshTokens(app, notebook, second)).toBe(1)
  })

  it('that is used again for other scopes within 30 seconds is refused and revokes nothing', async ({
    app,
    notebook,
  }) => {
    const first = await connectBob({ app, notebook })
    const second = await notebook.refresh(first)
    expect(await errorOf(notebook.refresh(first, { scope: 'tasks:read' }))).toBe('invalid_grant')
    expect(await statusOf(app, second.access_token)).toBe(200)
    expect(await countLiveRefreshTokens(app, notebook, second)).toBe(1)
  })

  it('that another app uses within 30 seconds is refused', async ({ app, notebook }) => {
    const other = await registerApp(app)
    const first = await connectBob({ app, notebook })
    const second = await notebook.refresh(first)
    expect(await errorOf(other.refresh(first))).toBe('invalid_grant')
    expect(await statusOf(app, second.access_token)).toBe(200)
  })

  it('that is used twice is refused after a revocation, which ends no other tokens', async ({
    app,
    notebook,
  }) => {
    const bob = await app.signUp('Bob')
    const laptop = await notebook.connect(bob, offline)
    const phone = await notebook.connect(bob, offline)
    const second = await notebook.refresh(laptop)
    const third = await notebook.refresh(second)
    await client.tokenRevocation(notebook.config, third.refresh_token ?? '')
    for (const spent of [laptop, second])
      expect(await errorOf(notebook.refresh(spent))).toBe('invalid_grant')
    expect(await countLiveRefreshTokens(app, notebook, second)).toBe(1)
    expect(await errorOf(notebook.refresh(phone))).toBeUndefined()
  })

  it('that is used twice after its app was disconnected is refused', async ({ app, notebook }) => {
    const bob = await app.signUp('Bob')
    const first = await notebook.connect(bob, offline)
    await notebook.refresh(first)
    await post(app, bob, '/connected-app/disconnect', { id: await connectedAppId(app, bob) })
    expect(await errorOf(notebook.refresh(first))).toBe('invalid_grant')
  })

  it('that is used twice after its access token was revoked gives a refresh token that works', async ({
    app,
    notebook,
  }) => {
    const first = await connectBob({ app, notebook })
    const { access_token } = await notebook.refresh(first)
    await client.tokenRevocation(notebook.config, access_token)
    const again = await notebook.refresh(first)
    const next = await notebook.refresh(again)
    expect(await statusOf(app, next.access_token)).toBe(200)
  })

  it('that is used twice after 30 seconds revokes its whole family and the access tokens', async ({
    app,
    notebook,
  }) => {
    const first = await connectBob({ app, notebook })
    const second = await notebook.refresh(first)
    setClock(Date.now() + 31_000)
    expect(await errorOf(notebook.refresh(first))).toBe('invalid_grant')
    expect(await statusOf(app, second.access_token)).toBe(401)
    expect(await errorOf(notebook.refresh(second))).toBe('invalid_grant')
  })

  it('is refused to another app', async ({ app, notebook }) => {
    const other = await registerApp(app)
    const { refresh_token = '' } = await connectBob({ app, notebook })
    const stolen = client.refreshTokenGrant(other.config, refresh_token)
    expect(await errorOf(stolen)).toBe('invalid_grant')
  })

  it('stays valid after a consent to other scopes, for its own scopes', async ({
    app,
    notebook,
  }) => {
    const bob = await app.signUp('Bob')
    const tokens = await notebook.connect(bob, { scope: 'tasks:read offline_access' })
    const more = await notebook.connect(bob, { scope: 'tasks:write', prompt: 'consent' })
    expect(await statusOf(app, more.access_token, create)).toBe(200)
    const fresh = await notebook.refresh(tokens)
    expect(fresh.scope).toBe('tasks:read offline_access')
    expect(await statusOf(app, fresh.access_token, list)).toBe(200)
    expect(await statusOf(app, fresh.access_token, create)).toBe(403)
    const [connected] = await listConnectedApps(app, bob)
    expect(connected?.scopes.map(({ scope }) => scope)).toEqual([
      ...['tasks:read', 'tasks:write', 'offline_access'],
    ])
  })

  it('asks again for no scope that the user has allowed', async ({ app, notebook }) => {
    const bob = await app.signUp('Bob')
    const web = { redirect_uri: webRedirectUri }
    await notebook.connect(bob, { ...web, scope: 'tasks:read' })
    await notebook.connect(bob, { ...web, scope: 'tasks:write' })
    const ask = async (scope: string) =>
      open(app, (await notebook.begin({ ...web, scope })).url, bob)
    expect(await ask('tasks:read tasks:write')).toContain(webRedirectUri)
    expect(await ask('tasks:read email')).toMatch(/^\/oauth\/consent\?/)
  })

  it('that was never issued is refused', async ({ notebook }) => {
    for (const made of ['taskward_refresh_made-up', 'made-up']) {
      expect(await errorOf(client.refreshTokenGrant(notebook.config, made))).toBe('invalid_grant')
    }
  })

  it('stays valid after sign-out, while its access token is revoked', async ({ app, notebook }) => {
    const bob = await app.signUp('Bob')
    const tokens = await notebook.connect(bob, offline)
    await post(app, bob, '/sign-out', {})
    expect(await statusOf(app, tokens.access_token)).toBe(401)
    const { access_token } = await notebook.refresh(tokens)
    expect(await statusOf(app, access_token)).toBe(200)
  })
})

describe('revocation', () => {
  const offline = { scope: 'tasks:read offline_access' }

  it('revokes an access token and keeps the app connected', async ({ app, notebook }) => {
    const tokens = await notebook.connect(await app.signUp('Bob'), offline)
    await client.tokenRevocation(notebook.config, tokens.access_token)
    expect(await statusOf(app, tokens.access_token)).toBe(401)
    expect(await statusOf(app, (await notebook.refresh(tokens)).access_token)).toBe(200)
  })

  it('of the same access token again revokes no other', async ({ app, notebook }) => {
    const tokens = await notebook.connect(await app.signUp('Bob'), offline)
    await client.tokenRevocation(notebook.config, tokens.access_token)
    const { access_token } = await notebook.refresh(tokens)
    await client.tokenRevocation(notebook.config, tokens.access_token)
    expect(await statusOf(app, access_token)).toBe(200)
  })

  it('revokes a refresh token with its access tokens', async ({ app, notebook }) => {
    const tokens = await notebook.connect(await app.signUp('Bob'), offline)
    await client.tokenRevocation(notebook.config, tokens.refresh_token ?? '')
    expect(await statusOf(app, tokens.access_token)).toBe(401)
    expect(await errorOf(notebook.refresh(tokens))).toBe('invalid_grant')
  })

  it('by another app does nothing', async ({ app, notebook }) => {
    const other = await registerApp(app)
    const tokens = await notebook.connect(await app.signUp('Bob'), offline)
    await client.tokenRevocation(other.config, tokens.access_token)
    await client.tokenRevocation(other.config, tokens.refresh_token ?? '')
    expect(await statusOf(app, tokens.access_token)).toBe(200)
    expect(await statusOf(app, (await notebook.refresh(tokens)).access_token)).toBe(200)
  })

  it('of an unknown token is no error (RFC 7009 §2.2)', async ({ notebook }) => {
    await client.tokenRevocation(notebook.config, 'made-up')
  })
})
