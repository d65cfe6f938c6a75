import { Writable } from 'node:stream'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type App, jsonHeaders, startApp } from '../testing/app.ts'
import { createAccessToken } from '../tokens/access-token.ts'
import { createLog } from './log.ts'

describe.each([
  ['in production', true],
  ['in development', false],
])('the log %s', (_where, isProduction) => {
  it('never has the password, the session or the token of anybody, whatever they do', async () => {
    const { log, text } = record(isProduction)
    const app = await startApp({ log })
    onTestFinished(app.close)
    const secrets = await useEverything(app)
    await vi.waitFor(() => expect(text()).toContain('A request failed unexpectedly'))
    expect(secrets.filter((secret) => text().includes(secret))).toEqual([])
  })

  it('says what failed, with the id that the caller was told', async () => {
    const { log, text } = record(isProduction)
    const app = await startApp({ log })
    onTestFinished(app.close)
    const ada = await app.signUp('Ada')
    await app.pool.query('alter table tasks rename to tasks_away')
    const { headers } = await ada.query('{ labels { name } }')
    await vi.waitFor(() => expect(text()).toMatch(/relation .*tasks.* does not exist/))
    expect(text()).toContain(headers.get('X-Request-Id'))
  })

  it('hides an access token, or a secret of an app, wherever somebody has put it, and says that one was there', async () => {
    const { log, text } = record(isProduction)
    const secrets = [
      createAccessToken(),
      'taskward_refresh_aBcDeFgHiJ',
      'taskward_secret_aBcDeFgHiJ',
    ]
    for (const secret of secrets) {
      log.info({ path: `/tasks/${secret}`, fields: [secret] }, `about ${secret}`)
      log.error({ err: new Error(`not ${secret}`) }, 'failed')
    }
    await vi.waitFor(() => expect(text().match(/failed/g)).toHaveLength(3))
    expect(secrets.filter((secret) => text().includes(secret.slice(0, 20)))).toEqual([])
    expect(text()).toContain('taskward_[redacted]')
  })

  it.each(['authorization', 'cookie', 'set-cookie', 'password', 'token', 'secret'])(
    'hides %s at any depth at which a request or an error carries it',
    async (name) => {
      const { log, text } = record(isProduction)
      const carrier = { [name]: 'hush' }
      log.info(carrier, 'zero')
      log.info({ req: carrier }, 'one')
      log.info({ req: { headers: carrier } }, 'two')
      log.info({ details: [{ headers: carrier }] }, 'three')
      log.info({ err: Object.assign(new Error('no'), { request: { headers: carrier } }) }, 'four')
      await vi.waitFor(() => expect(text()).toContain('four'))
      expect(text()).not.toContain('hush')
    },
  )
})

/** A log at its most talkative, and all that it has written so far. */
function record(isProduction: boolean) {
  const chunks: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      done()
    },
  })
  const log = createLog({ isProduction, logLevel: 'trace' }, destination)
  return { log, text: () => chunks.join('') }
}

/** What people do and what goes wrong; answers all that the log may not have. */
async function useEverything(app: App): Promise<string[]> {
  const { email, password, cookie, token, query } = await app.signUp('Ada')
  const wrongPassword = 'a wrong password'
  const authPost = (path: string, body: object) =>
    app.request(`/api/auth/${path}`, {
      method: 'POST',
      headers: { ...jsonHeaders, cookie, Origin: app.url },
      body: JSON.stringify(body),
    })
  await authPost('sign-in/email', { email, password: wrongPassword })
  await authPost('sign-up/email', { name: 'Ada', email, password })
  await authPost('sign-in/email', { email, password })
  await app.request(`/graphql?query={viewer{id}}&access_token=${token}`)
  await app.query('{ viewer { id } }', {}, `${token}x`)
  await app.pool.query('alter table tasks rename to tasks_away')
  const title = 'Something only Ada may know'
  await query('mutation ($t: String!) { createTask(input: { title: $t }) { task { id } } }', {
    t: title,
  })
  await app.pool.query('alter table session rename to session_away')
  await authPost('sign-in/email', { email, password })
  await authPost('sign-out', {})
  return [password, wrongPassword, token, cookie, decodeURIComponent(cookie), title]
}
