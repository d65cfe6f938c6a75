import { readFile } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { listAccessTokens, makeAccessToken } from '../testing/access-tokens.ts'
import type { App } from '../testing/app.ts'
import { errorOf, open, post, registerApp, type Tokens, webRedirectUri } from '../testing/oauth.ts'
import { it } from '../testing/test.ts'
import { statusOf } from '../testing/tokens.ts'
import { toCanonicalUri } from './redirect-uris.ts'

const migrations = new URL('../../db/migrations/', import.meta.url)
const offline = { scope: 'tasks:read offline_access', redirect_uri: webRedirectUri }

let tokens: Tokens
let other: string

/**
 * A connection as the previous version stored it, with two consents that were given concurrently.
 */
it.beforeAll(async ({ app, ada, notebook }) => {
  tokens = await notebook.connect(ada, offline)
  await app.pool.query(`update "oauthConsent" set id = app_grants.grant_id, "referenceId" = null
    from app_grants where "oauthConsent".id = app_grants.id`)
  await app.pool.query(`update "oauthRefreshToken" set "referenceId" = null`)
  const { rows } = await app.pool.query(`insert into "oauthConsent"
    select (jsonb_populate_record(consent, '{"id": "other", "updatedAt": "2020-01-01T00:00:00Z"}')).*
    from "oauthConsent" as consent returning id`)
  other = rows[0].id
  await app.pool.query('delete from app_grants')
  const [, migration = ''] = (
    await readFile(new URL('0006_keep_app_grants.sql', migrations), 'utf8')
  ).split('--> statement-breakpoint')
  await app.pool.query(migration)
})

describe('a consent of the previous version', () => {
  it('becomes one grant, and its tokens stay valid', async ({ app, notebook }) => {
    const { rows } = await app.pool.query('select scopes, places from app_grants')
    expect(rows).toEqual([{ scopes: ['tasks:read', 'offline_access'], places: [] }])
    expect(await statusOf(app, tokens.access_token)).toBe(200)
    tokens = await notebook.refresh(tokens)
    expect(await statusOf(app, tokens.access_token)).toBe(200)
  })

  it('revokes the tokens of the duplicates that were given concurrently', async ({ app }) => {
    const ended = await app.pool.query('select session_id from ended_sessions')
    expect(ended.rows).toEqual([{ session_id: other }])
  })

  it('asks for consent once more before the next code', async ({ app, ada, notebook }) => {
    const ask = async () => open(app, (await notebook.begin(offline)).url, ada)
    expect(await ask()).toMatch(/^\/oauth\/consent\?/)
    await notebook.connect(ada, offline)
    expect(await ask()).toContain(webRedirectUri)
    tokens = await notebook.refresh(tokens)
    expect(await statusOf(app, tokens.access_token)).toBe(200)
  })

  it('is revoked for good, including refresh tokens without a grant', async ({
    app,
    ada,
    notebook,
  }) => {
    const { rows } = await app.pool.query('select id from app_grants')
    await app.pool.query(`update "oauthRefreshToken" set "referenceId" = null`)
    const kept = await app.pool.query('select * from "oauthRefreshToken" where revoked is null')
    await post(app, ada, '/connected-app/disconnect', rows[0])
    await notebook.connect(ada, offline)
    for (const row of kept.rows) {
      await app.pool.query(
        `insert into "oauthRefreshToken" select (jsonb_populate_record(null::"oauthRefreshToken", $1)).*`,
        [JSON.stringify(row)],
      )
    }
    expect(kept.rows.length).toBeGreaterThan(0)
    expect(await errorOf(notebook.refresh(tokens))).toBe('invalid_grant')
  })
})

describe('a redirect URI of the previous version', () => {
  const written = [
    ['HTTPS://Notes.Example.com:443/Callback?a=B', 'https://notes.example.com/Callback?a=B'],
    ['http://localhost:50123', 'http://localhost:50123/'],
    ['http://[::1]:80?a', 'http://[::1]/?a'],
    ['http://127.0.0.1:8080/callback', 'http://127.0.0.1:8080/callback'],
    ['com.example.notes:/Callback', 'com.example.notes:/Callback'],
  ] as const

  it('is migrated to its canonical spelling', async ({ app }) => {
    const registered = 'update "oauthClient" set "redirectUris" = $1'
    await app.pool.query(registered, [JSON.stringify(written.map(([before]) => before))])
    await app.pool.query(
      await readFile(new URL('0007_write_redirect_addresses_alike.sql', migrations), 'utf8'),
    )
    const { rows } = await app.pool.query('select "redirectUris" as uris from "oauthClient"')
    const uris = typeof rows[0].uris === 'string' ? JSON.parse(rows[0].uris) : rows[0].uris
    expect(uris).toEqual(written.map(([, after]) => after))
    expect(uris).toEqual(written.map(([before]) => toCanonicalUri(before)))
  })
})

describe('the scope tasks:write of the previous version', () => {
  const writing = { scope: 'tasks:write offline_access', redirect_uri: webRedirectUri }
  const deletion = 'deleteTask(input: { id: $id }) { deletedTaskId }'
  const migrate = async (app: App) =>
    app.pool.query(await readFile(new URL('0014_keep_deletion.sql', migrations), 'utf8'))

  /** Creates, changes and deletes a task. The outcome of each step: true if it was done. */
  async function writeAll(app: App, token: string): Promise<boolean[]> {
    const created = await app.query(
      'mutation { createTask(input: { title: "Walk" }) { task { id } } }',
      {},
      token,
    )
    const { id } = (created.body.data as { createTask: { task: { id: string } } }).createTask.task
    const steps = ['completeTask(input: { id: $id }) { task { id } }', deletion]
    const answers = [created]
    for (const step of steps)
      answers.push(await app.query(`mutation ($id: ID!) { ${step} }`, { id }, token))
    return answers.map(({ status, body }) => status === 200 && body.errors === undefined)
  }

  it('still creates, changes and deletes with an access token', async ({ app, ada }) => {
    const made = await makeAccessToken(app, ada, ['tasks:write'])
    const other = await makeAccessToken(app, ada, ['tasks:read', 'email'])
    await app.pool.query(`update apikey set permissions = '{"taskward":["tasks:write"]}'
      where id = '${made.id}'`)
    await migrate(app)
    const { rows } = await app.pool.query(
      'select id, permissions from apikey where id = any($1) order by id = $2',
      [[made.id, other.id], other.id],
    )
    expect(rows.map(({ permissions }) => JSON.parse(permissions).taskward)).toEqual([
      ['tasks:delete', 'tasks:write'],
      ['email', 'tasks:read'],
    ])
    expect(await writeAll(app, made.token)).toEqual([true, true, true])
  })

  it('still deletes with an access token that such a version makes after the migration', async ({
    app,
    ada,
  }) => {
    const made = await makeAccessToken(app, ada, ['tasks:write'])
    await app.pool.query(`update apikey set permissions = '{"taskward":["tasks:write"]}'
      where id = '${made.id}'`)
    expect(await writeAll(app, made.token)).toEqual([true, true, true])
    const listed = await listAccessTokens(app, ada)
    expect(listed.find(({ id }) => id === made.id)?.scopes).toEqual(['tasks:delete', 'tasks:write'])
  })

  it('does not delete with an access token of this version, also after the migration', async ({
    app,
    ada,
  }) => {
    const made = await makeAccessToken(app, ada, ['tasks:write'])
    await migrate(app)
    expect(await writeAll(app, made.token)).toEqual([true, true, false])
  })

  it('still deletes with the refreshed token of an app, which the user allowed before', async ({
    app,
    ada,
  }) => {
    const foreign = await registerApp(app)
    const connected = await foreign.connect(ada, writing)
    await app.pool.query(
      `update "oauthClient" set scopes = '["email", "tasks:read", "tasks:write", "offline_access"]'`,
    )
    await migrate(app)
    await migrate(app) // an attempt that did not get its locks is repeated
    const refreshed = await foreign.refresh(connected)
    expect(refreshed.scope?.split(' ').sort()).toEqual([
      'offline_access',
      'tasks:delete',
      'tasks:write',
    ])
    expect(await writeAll(app, refreshed.access_token)).toEqual([true, true, true])
    // The user is not asked again: the consent has the scope.
    const more = { ...writing, scope: 'tasks:write tasks:delete tasks:create' }
    expect(await open(app, (await foreign.begin(more)).url, ada)).toMatch(/^\/oauth\/consent/)
    const same = { ...writing, scope: 'tasks:write tasks:delete' }
    expect(await open(app, (await foreign.begin(same)).url, ada)).toContain(webRedirectUri)
  })

  it('is migrated in a new database, which has no tables of accounts yet', async ({ app }) => {
    const text = await readFile(new URL('0014_keep_deletion.sql', migrations), 'utf8')
    const client = await app.pool.connect()
    try {
      await client.query('begin; create schema bare; set local search_path = bare')
      await client.query('create table app_grants (scopes text[])')
      await expect(client.query(text)).resolves.toBeDefined()
    } finally {
      await client.query('rollback')
      client.release()
    }
  })
})
