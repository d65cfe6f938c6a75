import { readFile } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { jwtOf } from '../testing/access-tokens.ts'
import { type Account, type App, jsonHeaders, startApp } from '../testing/app.ts'
import { auditEvents, createEventCounter, digestOf } from './audit.ts'
import { createLog } from './log.ts'

type Line = { event: string; [field: string]: unknown }
type Scene = { app: App; ada: Account; events: () => Line[] }
type Made = { id: string; token: string }
type Case = [event: string, done: string, act: (scene: Scene) => Promise<unknown>, fields?: object]

const wrong = 'a wrong password'
const origin = { address: '127.0.0.1', requestId: expect.stringMatching(/^[\w-]{36}$/) }
const session = { sessionId: expect.any(String), ...origin }

const accountEvents: Case[] = [
  ['signed_up', 'a sign-up', async () => {}],
  [
    'sign_up_refused',
    'a sign-up that is refused',
    (scene) => post(scene, 'sign-up/email', { name: 'Bob' }),
  ],
  ['signed_in', 'a sign-in', (scene) => post(scene, 'sign-in/email')],
  [
    'sign_in_refused',
    'a wrong password',
    (scene) => post(scene, 'sign-in/email', { password: wrong }),
  ],
  ['signed_out', 'a sign-out', (scene) => post(scene, 'sign-out')],
  ['password_changed', 'a new password', (scene) => changePassword(scene, scene.ada.password)],
  [
    'password_change_refused',
    'a new password without the old one',
    (scene) => changePassword(scene, wrong),
  ],
  ['session_ended', 'an ended session', (scene) => post(scene, 'revoke-sessions')],
  ['account_deleted', 'a deletion', (scene) => post(scene, 'delete-user')],
  [
    'account_deletion_refused',
    'a deletion without the password',
    (scene) => post(scene, 'delete-user', { password: wrong }),
  ],
]

/** What is done with an access token, and what its line says beside who and from where. */
const tokenEvents: [event: string, act: (scene: Scene) => Promise<object>][] = [
  ['access_token_created', async (scene) => ({ tokenId: (await makeToken(scene)).id })],
  [
    'access_token_revoked',
    async (scene) => {
      const { id } = await makeToken(scene)
      await post(scene, 'access-token/revoke', { id })
      return { tokenId: id }
    },
  ],
  [
    'token_exchanged',
    async (scene) => {
      const { id, token } = await makeToken(scene)
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
  it.each(accountEvents)('has a line %s for %s', async (event, _done, act) => {
    const scene = await start()
    await act(scene)
    const line = await vi.waitFor(() => {
      const found = scene.events().find((line) => line.event === event)
      if (!found) throw new Error(`There is no line ${event}.`)
      return found
    })
    const person = byDigest.includes(event)
      ? { account: digestOf(scene.ada.email) }
      : { userId: scene.ada.id }
    expect(line).toMatchObject({ ...person, ...(ofSession.includes(event) ? session : origin) })
    expect(JSON.stringify(line)).not.toContain(scene.ada.email)
  })

  it.each(tokenEvents)('has a line %s, without the token', async (event, act) => {
    const scene = await start()
    const fields = await act(scene)
    const lines = await vi.waitUntil(() => {
      const found = scene.events().filter((line) => line.event === event)
      return found.length > 0 && found
    })
    expect(lines).toEqual([expect.objectContaining({ userId: scene.ada.id, ...fields, ...origin })])
    expect(JSON.stringify(scene.events())).not.toContain('taskward_')
  })

  it('has no line for an access token that was not made', async () => {
    const scene = await start()
    await post(scene, 'access-token/create', { name: '', scopes: [] })
    await post(scene, 'access-token/revoke', { id: 'none' })
    await makeToken(scene)
    const lines = scene.events().filter(({ event }) => event.startsWith('access_token_'))
    expect(lines.map(({ event }) => event)).toEqual(['access_token_created'])
  })

  it('is explained in docs/operations.md, event by event', async () => {
    const manual = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8')
    const [, table = ''] = manual.split('| event | meaning |')
    const explained = [...table.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell]) =>
      cell?.split(', '),
    )
    expect(explained.map((name) => name?.replaceAll('`', ''))).toEqual(auditEvents)
  })

  it('says why something was refused', async () => {
    const scene = await start()
    await post(scene, 'sign-in/email', { password: wrong })
    await vi.waitFor(() =>
      expect(scene.events()).toContainEqual(
        expect.objectContaining({ event: 'sign_in_refused', code: 'INVALID_EMAIL_OR_PASSWORD' }),
      ),
    )
  })

  it('does not believe a client about its address or its request', async () => {
    const scene = await start()
    const lies = { 'x-taskward-address': '6.6.6.6', 'x-taskward-request': 'a lie' }
    await post(scene, 'sign-in/email', {}, lies)
    const line = scene.events().find(({ event }) => event === 'signed_in')
    expect(line).toMatchObject(origin)
  })

  it('tells a flood of bad tokens in two lines', async () => {
    const scene = await startOwn()
    for (let n = 0; n < 30; n++) await scene.app.query('{ viewer { id } }', {}, 'a.b.c')
    await scene.app.close()
    const refused = scene.events().filter(({ event }) => event === 'token_refused')
    expect(refused).toEqual([
      expect.objectContaining(origin),
      expect.objectContaining({ address: '127.0.0.1', count: 29 }),
    ])
  })

  it.each<[string, string, (scene: Scene) => Promise<unknown>]>([
    ['too many wrong passwords', 'RATE_LIMITED', guessOften],
    [
      'too large a body',
      'OPERATION_TOO_COMPLEX',
      ({ ada }) => ada.query('{ viewer { id } }', { filler: 'a'.repeat(200_000) }),
    ],
    [
      'too deep an operation',
      'OPERATION_TOO_COMPLEX',
      ({ ada }) => ada.query(`${'{a'.repeat(50)}${'}'.repeat(50)}`),
    ],
  ])('has a line limit_hit for %s', async (_limit, code, act) => {
    const scene = await startOwn()
    await act(scene)
    await vi.waitFor(() =>
      expect(scene.events()).toContainEqual(
        expect.objectContaining({ event: 'limit_hit', code, ...origin }),
      ),
    )
  })
})

describe('a tally', () => {
  it('keeps count of a thousand addresses, and of all others together', () => {
    const { log, events } = record()
    const eventCounter = createEventCounter(log)
    for (let n = 0; n < 5_000; n++) eventCounter.count('token_refused', { address: `10.0.0.${n}` })
    expect(events()).toHaveLength(1_000)
    eventCounter.close()
    expect(events().slice(1_000)).toEqual([
      expect.objectContaining({ event: 'token_refused', address: 'others', count: 4_000 }),
    ])
  })

  it('tells a number each period, and then begins anew', async () => {
    const { log, events } = record()
    const eventCounter = createEventCounter(log, 50)
    onTestFinished(eventCounter.close)
    for (let n = 0; n < 3; n++) eventCounter.count('token_refused', { address: '::1' })
    await vi.waitUntil(() => events().length === 2)
    eventCounter.count('token_refused', { address: '::1' })
    expect(events().map(({ count }) => count)).toEqual([undefined, 2, undefined])
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

async function startOwn(): Promise<Scene> {
  const { log, events } = record()
  const app = await startApp({ log })
  onTestFinished(() => app.close().catch(() => {}))
  return { app, ada: await app.signUp('Ada'), events }
}

/** Somebody new, and what happens from their sign-up on. */
async function start(): Promise<Scene> {
  const before = shared.events().length
  const ada = await shared.app.signUp('Ada')
  return { app: shared.app, ada, events: () => shared.events().slice(before) }
}

async function makeToken(scene: Scene): Promise<Made> {
  const response = await post(scene, 'access-token/create', { name: 'A script', scopes: [] })
  return response.json() as Promise<Made>
}

function post({ app, ada }: Scene, path: string, body: object = {}, headers: object = {}) {
  const { cookie, email, password } = ada
  return app.request(`/api/auth/${path}`, {
    method: 'POST',
    headers: { ...jsonHeaders, cookie, ...headers },
    body: JSON.stringify({ email, password, ...body }),
  })
}

function changePassword(scene: Scene, currentPassword: string) {
  return post(scene, 'change-password', { currentPassword, newPassword: 'correct horse battery' })
}

async function guessOften(scene: Scene): Promise<void> {
  for (let n = 0; n < 12; n++) await post(scene, 'sign-in/email', { password: wrong })
}
