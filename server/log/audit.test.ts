import { readFile } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { jwtOf } from '../testing/access-tokens.ts'
import { type Account, type App, jsonHeaders, startApp } from '../testing/app.ts'
import { auditEvents, digestEmail } from './audit.ts'
import { createLog } from './log.ts'

type Line = { event: string; [field: string]: unknown }
type Scenario = { app: App; ada: Account; events: () => Line[] }
type CreatedToken = { id: string; token: string }
type Case = [
  event: string,
  action: string,
  act: (scene: Scenario) => Promise<unknown>,
  fields?: object,
]

const wrong = 'a wrong password'
const origin = { address: '127.0.0.1', requestId: expect.stringMatching(/^[\w-]{36}$/) }
const session = { sessionId: expect.any(String), ...origin }

const accountEvents: Case[] = [
  ['signed_up', 'a sign-up', async () => {}],
  [
    'sign_up_refused',
    'a refused sign-up',
    (scene) => post(scene, 'sign-up/email', { name: 'Bob' }),
  ],
  ['signed_in', 'a sign-in', (scene) => post(scene, 'sign-in/email')],
  [
    'sign_in_refused',
    'a wrong password',
    (scene) => post(scene, 'sign-in/email', { password: wrong }),
  ],
  ['signed_out', 'a sign-out', (scene) => post(scene, 'sign-out')],
  ['password_changed', 'a password change', (scene) => changePassword(scene, scene.ada.password)],
  [
    'password_change_refused',
    'a password change with a wrong password',
    (scene) => changePassword(scene, wrong),
  ],
  ['session_ended', 'an ended session', (scene) => post(scene, 'revoke-sessions')],
  ['account_deleted', 'an account deletion', (scene) => post(scene, 'delete-user')],
  [
    'account_deletion_refused',
    'an account deletion with a wrong password',
    (scene) => post(scene, 'delete-user', { password: wrong }),
  ],
]

/** Actions with an access token, and the members of their lines beside user and origin. */
const tokenEvents: [event: string, act: (scene: Scenario) => Promise<object>][] = [
  ['access_token_created', async (scene) => ({ tokenId: (await createToken(scene)).id })],
  [
    'access_token_revoked',
    async (scene) => {
      const { id } = await createToken(scene)
      await post(scene, 'access-token/revoke', { id })
      return { tokenId: id }
    },
  ],
  [
    'token_exchanged',
    async (scene) => {
      const { id, token } = await createToken(scene)
      await jwtOf(scene.app, token)
      return { source: id }
    },
  ],
]

const { log, events } = record()
const shared = { app: await startApp({ log }), events }
afterAll(shared.app.close)

const byDigest = ['sign_up_refused', 'sign_in_refused']
const ofSession = ['signed_out', 'session_ended']

describe('the audit trail', () => {
  it.each(accountEvents)('records %s for %s', async (event, _action, act) => {
    const scene = await start()
    await act(scene)
    const line = await vi.waitFor(() => {
      const found = scene.events().find((line) => line.event === event)
      if (!found) throw new Error(`There is no line ${event}.`)
      return found
    })
    const person = byDigest.includes(event)
      ? { account: digestEmail(scene.ada.email) }
      : { userId: scene.ada.id }
    expect(line).toMatchObject({ ...person, ...(ofSession.includes(event) ? session : origin) })
    expect(JSON.stringify(line)).not.toContain(scene.ada.email)
  })

  it.each(tokenEvents)('records %s without the token', async (event, act) => {
    const scene = await start()
    const fields = await act(scene)
    const lines = await vi.waitUntil(() => {
      const found = scene.events().filter((line) => line.event === event)
      return found.length > 0 && found
    })
    expect(lines).toEqual([expect.objectContaining({ userId: scene.ada.id, ...fields, ...origin })])
    expect(JSON.stringify(scene.events())).not.toContain('taskward_')
  })

  it('records nothing for an access token that was not created or revoked', async () => {
    const scene = await start()
    await post(scene, 'access-token/create', { name: '', scopes: [] })
    await post(scene, 'access-token/revoke', { id: 'none' })
    await createToken(scene)
    const lines = scene.events().filter(({ event }) => event.startsWith('access_token_'))
    expect(lines.map(({ event }) => event)).toEqual(['access_token_created'])
  })

  it('has every event explained in docs/operations.md', async () => {
    const manual = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8')
    const [, table = ''] = manual.split('| event | meaning |')
    const explained = [...table.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell]) =>
      cell?.split(', '),
    )
    expect(explained.map((name) => name?.replaceAll('`', ''))).toEqual(auditEvents)
  })

  it('records the code of a refusal', async () => {
    const scene = await start()
    await post(scene, 'sign-in/email', { password: wrong })
    await vi.waitFor(() =>
      expect(scene.events()).toContainEqual(
        expect.objectContaining({ event: 'sign_in_refused', code: 'INVALID_EMAIL_OR_PASSWORD' }),
      ),
    )
  })

  it('ignores address and request headers from the client', async () => {
    const scene = await start()
    const forged = { 'x-taskward-address': '6.6.6.6', 'x-taskward-request': 'forged' }
    await post(scene, 'sign-in/email', {}, forged)
    const line = scene.events().find(({ event }) => event === 'signed_in')
    expect(line).toMatchObject(origin)
  })

  it('records a flood of bad tokens in two lines', async () => {
    const scene = await startOwn()
    for (let n = 0; n < 30; n++) await scene.app.query('{ viewer { id } }', {}, 'a.b.c')
    await scene.app.close()
    const refused = scene.events().filter(({ event }) => event === 'token_refused')
    expect(refused).toEqual([
      expect.objectContaining(origin),
      expect.objectContaining({ address: '127.0.0.1', count: 29 }),
    ])
  })

  it.each<[string, string, (scene: Scenario) => Promise<unknown>]>([
    ['too many wrong passwords', 'RATE_LIMITED', sendWrongPasswords],
    [
      'a body that is too large',
      'OPERATION_TOO_COMPLEX',
      ({ ada }) => ada.query('{ viewer { id } }', { filler: 'a'.repeat(200_000) }),
    ],
    [
      'an operation that is too deep',
      'OPERATION_TOO_COMPLEX',
      ({ ada }) => ada.query(`${'{a'.repeat(50)}${'}'.repeat(50)}`),
    ],
  ])('records limit_hit for %s', async (_limit, code, act) => {
    const scene = await startOwn()
    await act(scene)
    await vi.waitFor(() =>
      expect(scene.events()).toContainEqual(
        expect.objectContaining({ event: 'limit_hit', code, ...origin }),
      ),
    )
  })
})

function record() {
  const chunks: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      done()
    },
  })
  const log = createLog({ isProduction: true, logLevel: 'info' }, destination)
  const events = () =>
    chunks
      .join('')
      .split('\n')
      .filter((line) => line.includes('"event"'))
      .map((line): Line => JSON.parse(line))
  return { log, events }
}

async function startOwn(): Promise<Scenario> {
  const { log, events } = record()
  const app = await startApp({ log })
  onTestFinished(() => app.close().catch(() => {}))
  return { app, ada: await app.signUp('Ada'), events }
}

/** A new account, and the events from its sign-up on. */
async function start(): Promise<Scenario> {
  const before = shared.events().length
  const ada = await shared.app.signUp('Ada')
  return { app: shared.app, ada, events: () => shared.events().slice(before) }
}

async function createToken(scene: Scenario): Promise<CreatedToken> {
  const response = await post(scene, 'access-token/create', { name: 'A script', scopes: [] })
  return response.json() as Promise<CreatedToken>
}

function post({ app, ada }: Scenario, path: string, body: object = {}, headers: object = {}) {
  const { cookie, email, password } = ada
  return app.request(`/api/auth/${path}`, {
    method: 'POST',
    headers: { ...jsonHeaders, cookie, ...headers },
    body: JSON.stringify({ email, password, ...body }),
  })
}

function changePassword(scene: Scenario, currentPassword: string) {
  return post(scene, 'change-password', { currentPassword, newPassword: 'correct horse battery' })
}

async function sendWrongPasswords(scene: Scenario): Promise<void> {
  for (let n = 0; n < 12; n++) await post(scene, 'sign-in/email', { password: wrong })
}
