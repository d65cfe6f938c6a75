import { decodeJwt } from 'jose'
import { describe, expect } from 'vitest'
import { jwtOf, makeAccessToken, narrowed } from '../testing/access-tokens.ts'
import type { App } from '../testing/app.ts'
import { registerApp } from '../testing/oauth.ts'
import { it } from '../testing/test.ts'
import { actorOf } from './actor.ts'
import type { Claims } from './jwt.ts'

const actorIn = (jwt: string) => decodeJwt(jwt).actor

/** A chain of two exchanges, both through the exchange and through the short form. */
const exchanged = async (app: App, token: string) =>
  narrowed(app, await narrowed(app, token, { scope: 'tasks:read' }))

describe('the actor of a token', () => {
  it('is the access token, also after exchanges', async ({ app, ada }) => {
    const { id, token } = await makeAccessToken(app, ada, ['tasks:read'])
    const actor = { kind: 'ACCESS_TOKEN', id, name: 'A script' }
    for (const jwt of [await jwtOf(app, token), await exchanged(app, token)])
      expect(actorIn(jwt)).toEqual(actor)
    expect(actorIn(await exchanged(app, await jwtOf(app, token)))).toEqual(actor)
  })

  it('is the app, also after exchanges', async ({ ada, app, notebook }) => {
    const { access_token } = await notebook.connect(ada, { scope: 'tasks:read' })
    const actor = { kind: 'APP', id: notebook.clientId, name: 'Notebook' }
    expect(actorIn(access_token)).toEqual(actor)
    expect(actorIn(await exchanged(app, access_token))).toEqual(actor)
  })

  it('is the person for an exchanged token of a session, and does not tell their name', async ({
    app,
    ada,
  }) => {
    expect(actorIn(ada.token)).toBeUndefined()
    expect(actorIn(await exchanged(app, ada.token))).toEqual({ kind: 'PERSON', id: ada.id })
  })

  it('has the new name after the app was renamed', async ({ app, ada }) => {
    const foreign = await registerApp(app)
    const offline = { scope: 'tasks:read offline_access' }
    const tokens = await foreign.connect(ada, offline)
    await app.pool.query('update "oauthClient" set name = $1 where "clientId" = $2', [
      'Diary',
      foreign.clientId,
    ])
    const refreshed = await foreign.refresh(tokens)
    expect(actorIn(refreshed.access_token)).toMatchObject({ id: foreign.clientId, name: 'Diary' })
  })

  it('has the name that the access token has when it is looked up', async ({ app, ada }) => {
    const { id, token } = await makeAccessToken(app, ada, ['tasks:read'])
    await app.pool.query('update apikey set name = $1 where id = $2', ['Backup', id])
    expect(actorIn(await jwtOf(app, token))).toEqual({ kind: 'ACCESS_TOKEN', id, name: 'Backup' })
  })

  it('has one line of visible characters as its name', async ({ app, ada }) => {
    const { id, token } = await makeAccessToken(app, ada, ['tasks:read'])
    const name = `Back\nup\u202e ${'x'.repeat(200)}`
    await app.pool.query('update apikey set name = $1 where id = $2', [name, id])
    expect(actorIn(await jwtOf(app, token))).toMatchObject({ name: `Back up ${'x'.repeat(72)}` })
  })
})

const claims: Claims = { sub: 'ada', iat: 0, exp: 9_999_999_999, sid: 'a session' }

describe('actorOf', () => {
  it.for<[string, Partial<Claims>, object]>([
    ['a session', {}, { kind: 'PERSON', id: 'ada' }],
    ['an access token', { scope: '' }, { kind: 'ACCESS_TOKEN', id: 'a session' }],
    ['an app', { scope: '', grant_id: 'a', client_id: 'widget' }, { kind: 'APP', id: 'widget' }],
  ])('knows the actor of a token without the claim, of %s', ([_kind, more, actor]) => {
    expect(actorOf({ ...claims, ...more })).toMatchObject(actor)
  })
})
