import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Account, type App, startApp } from '../testing/app.ts'
import {
  allow,
  errorOf,
  type ForeignApp,
  open,
  post,
  registerApp,
  type Tokens,
  webRedirectUri,
} from '../testing/oauth.ts'

/** Trials of each race. */
const trials = Number(process.env.RACE_TRIALS ?? 5)

let app: App
let notebook: ForeignApp
beforeAll(async () => {
  // Without rate limits: more requests a minute than one address may make.
  app = await startApp({ variables: { GRAPHQL_POINTS_PER_MINUTE: '0' } })
  notebook = await registerApp(app)
})
afterAll(() => app.close())

const offline = { scope: 'tasks:read offline_access', redirect_uri: webRedirectUri }
const statusOf = async (token: string) => (await app.query('{ viewer { id } }', {}, token)).status
const revoke = (token: string) => client.tokenRevocation(notebook.config, token)

async function countConsents({ id }: Account): Promise<number[]> {
  const { rows } = await app.pool.query(
    `select (select count(*)::int from app_grants where user_id = $1) as ours,
            (select count(*)::int from "oauthConsent" where "userId" = $1) as theirs`,
    [id],
  )
  return [rows[0].ours, rows[0].theirs]
}

async function grantOf({ cookie }: Account): Promise<string> {
  const list = await app.request('/api/auth/connected-app/list', { headers: { cookie } })
  const [grant] = (await list.json()) as { id: string }[]
  if (!grant) throw new Error('No app is connected.')
  return grant.id
}

/**
 * An app that refreshes, revokes its tokens and asks for codes in a loop, until it is refused.
 * `tokens` holds every token that it received.
 */
function race(person: Account, first: Tokens) {
  const tokens = [first]
  let isOver = false
  async function refresh() {
    for (let held = first; !isOver; ) {
      const next = await notebook.refresh(held).catch(() => undefined)
      if (!next) return
      tokens.push(next)
      await revoke(next.access_token)
      held = next
    }
  }
  async function authorize() {
    while (!isOver) {
      const beginning = await notebook.begin(offline)
      const back = await open(app, beginning.url, person)
      if (!back.startsWith(webRedirectUri)) return
      const next = await notebook.finish(beginning, back).catch(() => undefined)
      if (next) tokens.push(next)
    }
  }
  const ended = Promise.all([refresh(), authorize(), authorize()])
  return {
    tokens,
    /** Resolves once the app has received at least one more token. */
    async isUnderWay() {
      await expect.poll(() => tokens.length, { timeout: 20_000, interval: 5 }).toBeGreaterThan(1)
    },
    async stop() {
      isOver = true
      await ended
    },
    ended,
  }
}

describe('eight concurrent revocations', () => {
  it.each([1, 2, 3, 4])('keep one consent and revoke only the given token (round %i)', async () => {
    const ada = await app.signUp('Ada')
    let tokens = await notebook.connect(ada, offline)
    const id = await grantOf(ada)
    const before = await countEnded()
    for (let round = 1; round <= 4; round++) {
      await Promise.all(Array.from({ length: 8 }, () => revoke(tokens.access_token)))
      expect(await statusOf(tokens.access_token)).toBe(401)
      expect(await countConsents(ada)).toEqual([1, 1])
      expect(await countEnded()).toBe(before + round)
      tokens = await notebook.refresh(tokens)
      expect(await statusOf(tokens.access_token)).toBe(200)
    }
    expect(await grantOf(ada)).toBe(id)
  })
})

async function countEnded(): Promise<number> {
  return (await app.pool.query('select 1 from ended_sessions')).rows.length
}

describe('disconnecting an app that concurrently refreshes, revokes and authorizes', () => {
  it(`is final in ${trials} of ${trials} trials`, { timeout: trials * 20_000 }, async () => {
    for (let trial = 0; trial < trials; trial++) {
      const ada = await app.signUp('Ada')
      const running = race(ada, await notebook.connect(ada, offline))
      await running.isUnderWay()
      const id = await grantOf(ada)
      expect((await post(app, ada, '/connected-app/disconnect', { id })).status).toBe(200)
      await running.ended
      expect(await countConsents(ada)).toEqual([0, 0])
      for (const { access_token } of running.tokens) expect(await statusOf(access_token)).toBe(401)
      const { url } = await notebook.begin(offline)
      expect(await open(app, url, ada)).toMatch(/^\/oauth\/consent\?/)
      const again = await notebook.connect(ada, offline)
      for (const old of running.tokens.filter(({ refresh_token }) => refresh_token)) {
        expect(await errorOf(notebook.refresh(old))).toBe('invalid_grant')
      }
      await statusOf(again.access_token)
      expect(await countConsents(ada)).toEqual([1, 1])
    }
  })
})

describe('revoking a token of an app that concurrently refreshes and authorizes', () => {
  it(`is final in ${trials} of ${trials} trials`, { timeout: trials * 20_000 }, async () => {
    for (let trial = 0; trial < trials; trial++) {
      const ada = await app.signUp('Ada')
      const running = race(ada, await notebook.connect(ada, offline))
      await running.isUnderWay()
      const known = running.tokens.map(({ access_token }) => access_token)
      await Promise.all(known.map(revoke))
      for (const token of known) expect(await statusOf(token)).toBe(401)
      await running.stop()
      for (const token of known) expect(await statusOf(token)).toBe(401)
      expect(await countConsents(ada)).toEqual([1, 1])
    }
  })
})

describe('twenty concurrent consents', () => {
  it('create one grant', async () => {
    const ada = await app.signUp('Ada')
    const answers = Array.from({ length: 20 }, async () => {
      const beginning = await notebook.begin(offline)
      return notebook.finish(beginning, await allow(app, ada, beginning.url))
    })
    for (const { access_token } of await Promise.all(answers)) {
      expect(await statusOf(access_token)).toBe(200)
    }
    expect(await countConsents(ada)).toEqual([1, 1])
  })
})

describe('an account that is deleted while apps request tokens', () => {
  it('leaves no consent and no token behind', { timeout: trials * 20_000 }, async () => {
    for (let trial = 0; trial < trials; trial++) {
      const ada = await app.signUp('Ada')
      const running = race(ada, await notebook.connect(ada, offline))
      await running.isUnderWay()
      const late = Array.from({ length: 4 }, async () => {
        const { url } = await notebook.begin({ ...offline, prompt: 'consent' })
        return allow(app, ada, url).catch(() => undefined)
      })
      await post(app, ada, '/delete-user', { password: ada.password })
      await Promise.all([running.ended, ...late])
      expect(await countConsents(ada)).toEqual([0, 0])
      for (const { access_token } of running.tokens) expect(await statusOf(access_token)).toBe(401)
    }
  })
})
