import * as client from 'openid-client'
import { describe, expect } from 'vitest'
import type { Account, App } from '../testing/app.ts'
import {
  allow,
  connectedAppId,
  errorOf,
  type ForeignApp,
  open,
  post,
  type Tokens,
  webRedirectUri,
} from '../testing/oauth.ts'
import { withVariables } from '../testing/test.ts'
import { countEndedSessions, statusOf } from '../testing/tokens.ts'

/** Trials of each race. */
const trials = Number(process.env.RACE_TRIALS ?? 5)

// Without rate limits: more requests a minute than one address may make.
const it = withVariables({ GRAPHQL_POINTS_PER_MINUTE: '0' })

type Scene = { app: App; notebook: ForeignApp }

const offline = { scope: 'tasks:read offline_access', redirect_uri: webRedirectUri }
const revoke = ({ config }: ForeignApp, token: string) => client.tokenRevocation(config, token)

async function countConsents(app: App, { id }: Account): Promise<number[]> {
  const { rows } = await app.pool.query(
    `select (select count(*)::int from app_grants where user_id = $1) as ours,
            (select count(*)::int from "oauthConsent" where "userId" = $1) as theirs`,
    [id],
  )
  return [rows[0].ours, rows[0].theirs]
}

/**
 * An app that refreshes, revokes its tokens and asks for codes in a loop, until it is refused.
 * `tokens` holds every token that it received.
 */
function race({ app, notebook }: Scene, person: Account, first: Tokens) {
  const tokens = [first]
  let isOver = false
  async function refresh() {
    for (let held = first; !isOver; ) {
      const next = await notebook.refresh(held).catch(() => undefined)
      if (!next) return
      tokens.push(next)
      await revoke(notebook, next.access_token)
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
  it.for([1, 2, 3, 4])(
    'keep one consent and revoke only the given token (round %i)',
    async (_round, { app, notebook }) => {
      const ada = await app.signUp('Ada')
      let tokens = await notebook.connect(ada, offline)
      const id = await connectedAppId(app, ada)
      const before = await countEndedSessions(app)
      for (let round = 1; round <= 4; round++) {
        await Promise.all(Array.from({ length: 8 }, () => revoke(notebook, tokens.access_token)))
        expect(await statusOf(app, tokens.access_token)).toBe(401)
        expect(await countConsents(app, ada)).toEqual([1, 1])
        expect(await countEndedSessions(app)).toBe(before + round)
        tokens = await notebook.refresh(tokens)
        expect(await statusOf(app, tokens.access_token)).toBe(200)
      }
      expect(await connectedAppId(app, ada)).toBe(id)
    },
  )
})

describe('disconnecting an app that concurrently refreshes, revokes and authorizes', () => {
  it(`is final in ${trials} of ${trials} trials`, { timeout: trials * 20_000 }, async ({
    app,
    notebook,
  }) => {
    for (let trial = 0; trial < trials; trial++) {
      const ada = await app.signUp('Ada')
      const running = race({ app, notebook }, ada, await notebook.connect(ada, offline))
      await running.isUnderWay()
      const id = await connectedAppId(app, ada)
      expect((await post(app, ada, '/connected-app/disconnect', { id })).status).toBe(200)
      await running.ended
      expect(await countConsents(app, ada)).toEqual([0, 0])
      for (const { access_token } of running.tokens)
        expect(await statusOf(app, access_token)).toBe(401)
      const { url } = await notebook.begin(offline)
      expect(await open(app, url, ada)).toMatch(/^\/oauth\/consent\?/)
      const again = await notebook.connect(ada, offline)
      for (const old of running.tokens.filter(({ refresh_token }) => refresh_token)) {
        expect(await errorOf(notebook.refresh(old))).toBe('invalid_grant')
      }
      await statusOf(app, again.access_token)
      expect(await countConsents(app, ada)).toEqual([1, 1])
    }
  })
})

describe('revoking a token of an app that concurrently refreshes and authorizes', () => {
  it(`is final in ${trials} of ${trials} trials`, { timeout: trials * 20_000 }, async ({
    app,
    notebook,
  }) => {
    for (let trial = 0; trial < trials; trial++) {
      const ada = await app.signUp('Ada')
      const running = race({ app, notebook }, ada, await notebook.connect(ada, offline))
      await running.isUnderWay()
      const known = running.tokens.map(({ access_token }) => access_token)
      await Promise.all(known.map((token) => revoke(notebook, token)))
      for (const token of known) expect(await statusOf(app, token)).toBe(401)
      await running.stop()
      for (const token of known) expect(await statusOf(app, token)).toBe(401)
      expect(await countConsents(app, ada)).toEqual([1, 1])
    }
  })
})

describe('twenty concurrent consents', () => {
  it('create one grant', async ({ app, notebook }) => {
    const ada = await app.signUp('Ada')
    const answers = Array.from({ length: 20 }, async () => {
      const beginning = await notebook.begin(offline)
      return notebook.finish(beginning, await allow(app, ada, beginning.url))
    })
    for (const { access_token } of await Promise.all(answers)) {
      expect(await statusOf(app, access_token)).toBe(200)
    }
    expect(await countConsents(app, ada)).toEqual([1, 1])
  })
})

describe('an account that is deleted while apps request tokens', () => {
  it('leaves no consent and no token behind', { timeout: trials * 20_000 }, async ({
    app,
    notebook,
  }) => {
    for (let trial = 0; trial < trials; trial++) {
      const ada = await app.signUp('Ada')
      const running = race({ app, notebook }, ada, await notebook.connect(ada, offline))
      await running.isUnderWay()
      const late = Array.from({ length: 4 }, async () => {
        const { url } = await notebook.begin({ ...offline, prompt: 'consent' })
        return allow(app, ada, url).catch(() => undefined)
      })
      await post(app, ada, '/delete-user', { password: ada.password })
      await Promise.all([running.ended, ...late])
      expect(await countConsents(app, ada)).toEqual([0, 0])
      for (const { access_token } of running.tokens)
        expect(await statusOf(app, access_token)).toBe(401)
    }
  })
})
