import { Writable } from 'node:stream'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type App, jsonHeaders, startApp } from '../testing/app.ts'
import { createAccessToken } from '../tokens/access-token.ts'
import { createLog } from './log.ts'

describe.each([
  ['in production', true],
  ['in development', false],
])('the log %s', (_where, isProduction) => {
  it('never contains a password, a session cookie, a token or a task title', async () => {
    const { log, text } = record(isProduction)
    const app = await startApp({ log })
    onTestFinished(app.close)
    const secrets = await useEverything(app)
    await vi.waitFor(() => expect(text()).toContain('A request failed unexpectedly'))
    expect(secrets.filter((secret) => text().includes(secret))).toEqual([])
  })

  it('contains the cause of a failure with the request id of the response', async () => {
    const { log, text } = record(isProduction)
    const app = await startApp({ log })
    onTestFinished(app.close)
    const ada = await app.signUp('Ada')
    await app.pool.query('alter table tasks rename to tasks_renamed')
    const { headers } = await ada.query('{ labels { name } }')
    await vi.waitFor(() => expect(text()).toMatch(/relation .*tasks.* does not exist/))
    expect(text()).toContain(headers.get('X-Request-Id'))
  })

  it('redacts an access token or a secret of an app anywhere in a line', async () => {
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
    'redacts %s at every depth of a request or an error',
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

/** A log at level trace, and everything that it has written. */
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

/** Performs ordinary and failing requests. Returns the texts that the log must not contain. */
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
  await app.pool.query('alter table tasks rename to tasks_renamed')
  const title = 'A private title of Ada'
  await query('mutation ($t: String!) { createTask(input: { title: $t }) { task { id } } }', {
    t: title,
  })
  await app.pool.query('alter table session rename to session_renamed')
  await authPost('sign-in/email', { email, password })
  await authPost('sign-out', {})
  return [password, wrongPassword, token, cookie, decodeURIComponent(cookie), title]
}
