import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, vi } from 'vitest'
import { digestEmail } from '../log/audit.ts'
import { makeAccessToken } from '../testing/access-tokens.ts'
import { postAuth, signIn } from '../testing/accounts.ts'
import { type Account, type App, startApp } from '../testing/app.ts'
import { recordLog } from '../testing/log.ts'
import { startMailServer } from '../testing/smtp.ts'
import { withVariables } from '../testing/test.ts'

const server = await startMailServer()
afterAll(server.close)
const mailVariables = { SMTP_URL: server.url, MAIL_FROM: 'Taskward <tasks@example.com>' }
const it = withVariables(mailVariables)

const countMails = (to: string) => server.mails.filter((mail) => mail.to.includes(to)).length

/** The secret in the link of the newest message to a mailbox, which has got `count`. */
async function readLink(app: App, to: string, path: string, count = 1): Promise<string> {
  await vi.waitUntil(() => countMails(to) >= count, { timeout: 5_000 })
  const text = server.mails.findLast((mail) => mail.to.includes(to))?.text ?? ''
  const [, secret] = text.split(`${app.url}${path}#token=`)
  return secret?.split(/\s/, 1)[0] ?? ''
}

const requestReset = (app: App, email: string) =>
  postAuth(app, '/request-password-reset', { email })

async function mailReset(app: App, { email }: Account): Promise<string> {
  const count = countMails(email) + 1
  expect((await requestReset(app, email)).status).toBe(200)
  return readLink(app, email, '/reset-password', count)
}

function requestVerification(app: App, { cookie }: Account) {
  return postAuth(app, '/send-verification-email', {}, { cookie })
}

async function mailVerification(app: App, ada: Account): Promise<string> {
  const count = countMails(ada.email) + 1
  expect((await requestVerification(app, ada)).status).toBe(200)
  return readLink(app, ada.email, '/verify-email', count)
}

const changeEmail = (app: App, { cookie, password }: Account, newEmail: string, body = {}) =>
  postAuth(app, '/change-email', { newEmail, password, ...body }, { cookie })

async function mailChange(app: App, ada: Account, newEmail: string): Promise<string> {
  const count = countMails(newEmail) + 1
  expect((await changeEmail(app, ada, newEmail)).status).toBe(200)
  return readLink(app, newEmail, '/verify-email', count)
}

const verify = (app: App, token: string) => postAuth(app, '/verify-email', { token })

const setPassword = (app: App, token: string, newPassword = randomUUID()) =>
  postAuth(app, '/reset-password', { token, newPassword })

const readBody = async (response: Response) => (await response.json()) as Record<string, unknown>

async function readUser(app: App, { cookie }: Pick<Account, 'cookie'>) {
  const body = await readBody(await app.request('/api/auth/get-session', { headers: { cookie } }))
  return Object(body.user) as { email: string; emailVerified: boolean }
}

const expire = (app: App) =>
  app.pool.query(`update verification set "expiresAt" = now() - interval '1 second'`)

const createMailbox = () => `new-${randomUUID()}@example.com`

/** Alters one character. */
const alter = (token: string) => (token.startsWith('A') ? 'B' : 'A') + token.slice(1)

describe('a forgotten password', { timeout: 60_000 }, () => {
  it('is replaced by a link in an e-mail, which ends all access', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const { token: accessToken } = await makeAccessToken(app, ada, ['tasks:read'])
    expect((await requestReset(app, ` ${ada.email.toUpperCase()}`)).status).toBe(200)
    const token = await readLink(app, ada.email, '/reset-password')
    const password = randomUUID()
    expect((await setPassword(app, token, password)).status).toBe(200)
    expect((await signIn(app, ada)).status).toBe(401)
    expect((await signIn(app, { email: ada.email, password })).status).toBe(200)
    for (const old of [ada.token, accessToken])
      expect((await app.query('{ viewer { id } }', {}, old)).status).toBe(401)
  })

  it('gives the same answer for an unknown address, and sends nothing', async ({ app, ada }) => {
    const unknown = createMailbox()
    const known = await requestReset(app, ada.email)
    const answer = await requestReset(app, unknown)
    const headersOf = ({ headers }: Response) => [...headers.keys()]
    expect([answer.status, headersOf(answer), await readBody(answer)]).toEqual([
      known.status,
      headersOf(known),
      await readBody(known),
    ])
    await mailReset(app, await app.signUp('Bob')) // later messages have arrived
    expect(server.attempts).not.toContain(unknown)
  })

  it('answers before the account is read', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const client = await app.pool.connect()
    try {
      await client.query('begin')
      await client.query('lock table "user" in access exclusive mode')
      expect((await requestReset(app, ada.email)).status).toBe(200)
      expect(countMails(ada.email)).toBe(0)
    } finally {
      await client.query('rollback')
      client.release()
    }
    await readLink(app, ada.email, '/reset-password')
  })

  it.for<[string, (app: App, token: string) => Promise<string>]>([
    ['used', async (app, token) => ((await setPassword(app, token)).ok ? token : '')],
    ['expired', async (app, token) => ((await expire(app)) ? token : '')],
    ['altered', async (_app, token) => alter(token)],
  ])('refuses a link that was %s', async ([, spoil], { app }) => {
    const token = await spoil(app, await mailReset(app, await app.signUp('Ada')))
    const refused = await setPassword(app, token)
    expect([refused.status, (await readBody(refused)).code]).toEqual([400, 'INVALID_TOKEN'])
  })

  it('lets two concurrent requests use a link once', async ({ app }) => {
    const token = await mailReset(app, await app.signUp('Ada'))
    const answers = await Promise.all([setPassword(app, token), setPassword(app, token)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
  })

  it('ends the other links of the user, and none of other users', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const bob = await app.signUp('Bob')
    const [first, second] = [await mailReset(app, ada), await mailReset(app, ada)]
    const bobs = await mailReset(app, bob)
    const change = await mailChange(app, ada, createMailbox())
    expect((await setPassword(app, second)).status).toBe(200)
    expect((await setPassword(app, first)).status).toBe(400)
    expect((await verify(app, change)).status).toBe(400)
    expect((await setPassword(app, bobs)).status).toBe(200)
  })

  it('does not need its link any more after the password was changed', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const token = await mailReset(app, ada)
    const body = { currentPassword: ada.password, newPassword: randomUUID() }
    await postAuth(app, '/change-password', body, { cookie: ada.cookie })
    expect((await setPassword(app, token)).status).toBe(400)
  })

  it('stores no secret in clear', async ({ app }) => {
    const token = await mailReset(app, await app.signUp('Ada'))
    const { rows } = await app.pool.query('select identifier, value from verification')
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toContain(token)
  })

  it('sends at most five messages an hour to a mailbox, known or not', async ({ app }) => {
    for (const email of [(await app.signUp('Ada')).email, createMailbox()]) {
      const statuses: number[] = []
      for (let n = 0; n < 6; n++) statuses.push((await requestReset(app, email)).status)
      expect(statuses).toEqual([200, 200, 200, 200, 200, 429])
    }
  })

  it.for([
    'ada@example.com, bob@example.com',
    'ada@example.com\r\nBcc: bob@example.com',
    'ada',
    ['ada@example.com'],
    `${'a'.repeat(250)}@example.com`,
  ])('refuses the address %j', async (email, { app }) => {
    const refused = await postAuth(app, '/request-password-reset', { email })
    expect(refused.status).toBe(400)
  })
})

describe('the verification of an e-mail address', { timeout: 60_000 }, () => {
  it('needs the link in the message, once', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const token = await mailVerification(app, ada)
    expect((await readUser(app, ada)).emailVerified).toBe(false)
    const answer = await verify(app, token)
    expect(await readBody(answer)).toEqual({ email: ada.email, isChanged: false })
    expect((await readUser(app, ada)).emailVerified).toBe(true)
    expect((await verify(app, token)).status).toBe(400)
    expect((await requestVerification(app, ada)).status).toBe(400)
  })

  it('needs a session to request the link', async ({ app }) => {
    expect((await postAuth(app, '/send-verification-email', {})).status).toBe(401)
  })

  it('refuses links that are expired, altered, or of another kind', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const reset = await mailReset(app, ada)
    const token = await mailVerification(app, ada)
    expect((await verify(app, reset)).status).toBe(400)
    expect((await setPassword(app, token)).status).toBe(400)
    expect((await verify(app, alter(token))).status).toBe(400)
    await expire(app)
    expect((await verify(app, token)).status).toBe(400)
    expect((await readUser(app, ada)).emailVerified).toBe(false)
  })

  it("changes nothing of the account that opens another person's link", async ({ app }) => {
    const ada = await app.signUp('Ada')
    const bob = await app.signUp('Bob')
    const token = await mailVerification(app, ada)
    await postAuth(app, '/verify-email', { token }, { cookie: bob.cookie })
    expect((await readUser(app, bob)).emailVerified).toBe(false)
    expect((await readUser(app, ada)).emailVerified).toBe(true)
  })

  it('has no route for the links of Better Auth', async ({ app }) => {
    const response = await app.request('/api/auth/verify-email?token=a')
    expect(response.status).toBe(404)
  })
})

describe('a change of the e-mail address', { timeout: 60_000 }, () => {
  it('is made by the link in the new mailbox, and the old one is notified', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const newEmail = createMailbox()
    const token = await mailChange(app, ada, newEmail)
    expect((await readUser(app, ada)).email).toBe(ada.email)
    expect(await readBody(await verify(app, token))).toEqual({ email: newEmail, isChanged: true })
    expect(await readUser(app, ada)).toMatchObject({ email: newEmail, emailVerified: true })
    expect((await signIn(app, ada)).status).toBe(401)
    expect((await signIn(app, { ...ada, email: newEmail })).status).toBe(200)
    await vi.waitUntil(() => countMails(ada.email) === 1)
    const notice = server.mails.find(({ to }) => to.includes(ada.email))
    expect(notice?.text).toContain('Your account has another e-mail address now.')
  })

  it('works once, also after the address was changed back', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const newEmail = createMailbox()
    const token = await mailChange(app, ada, newEmail)
    await verify(app, token)
    await vi.waitUntil(() => countMails(ada.email) === 1) // the notice
    await verify(app, await mailChange(app, ada, ada.email))
    expect((await verify(app, token)).status).toBe(400)
    expect((await readUser(app, ada)).email).toBe(ada.email)
  })

  it('ends the links that the old mailbox has got', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const reset = await mailReset(app, ada)
    await verify(app, await mailChange(app, ada, createMailbox()))
    expect((await setPassword(app, reset)).status).toBe(400)
  })

  it('needs the password', async ({ app, ada }) => {
    const without = await changeEmail(app, ada, createMailbox(), { password: undefined })
    expect([without.status, (await readBody(without)).code]).toEqual([400, 'PASSWORD_REQUIRED'])
    const wrong = await changeEmail(app, ada, createMailbox(), { password: randomUUID() })
    expect([wrong.status, (await readBody(wrong)).code]).toEqual([400, 'INVALID_PASSWORD'])
  })

  it('counts wrong passwords like those of a sign-in', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const guess = () => changeEmail(app, ada, createMailbox(), { password: randomUUID() })
    const statuses: number[] = []
    for (let n = 0; n < 11; n++) statuses.push((await guess()).status)
    expect(statuses).toEqual([...Array(10).fill(400), 429])
  })

  it('answers alike for an address that has an account, and sends nothing', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const bob = await app.signUp('Bob')
    const answer = await changeEmail(app, ada, bob.email)
    expect([answer.status, await readBody(answer)]).toEqual([200, { status: true }])
    await mailReset(app, ada) // later messages have arrived
    expect(countMails(bob.email)).toBe(0)
  })

  it('is refused when another account has taken the address meanwhile', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const newEmail = createMailbox()
    const token = await mailChange(app, ada, newEmail)
    const body = { name: 'Bob', email: newEmail, password: randomUUID() }
    expect((await postAuth(app, '/sign-up/email', body)).status).toBe(200)
    const refused = await verify(app, token)
    expect([refused.status, (await readBody(refused)).code]).toEqual([400, 'EMAIL_TAKEN'])
    expect((await readUser(app, ada)).email).toBe(ada.email)
  })
})

describe('the log', { timeout: 60_000 }, () => {
  it('has the events, and neither an address nor a secret', async ({ expect }) => {
    const { log, lines } = recordLog()
    const app = await startApp({ log, variables: mailVariables })
    const ada = await app.signUp('Ada')
    const newEmail = createMailbox()
    const first = await mailVerification(app, ada)
    await verify(app, first)
    const second = await mailChange(app, ada, newEmail)
    await verify(app, second)
    const third = await mailReset(app, { ...ada, email: newEmail })
    await setPassword(app, third)
    await app.close()
    const account = digestEmail(newEmail)
    expect(lines().filter(({ event }) => event && event !== 'session_ended')).toMatchObject([
      { event: 'signed_up', userId: ada.id },
      { event: 'verification_requested', userId: ada.id },
      { event: 'email_verified', userId: ada.id, account: digestEmail(ada.email) },
      { event: 'email_change_requested', userId: ada.id },
      { event: 'email_changed', userId: ada.id, account },
      { event: 'reset_link_requested', account },
      { event: 'password_reset', userId: ada.id },
    ])
    const text = JSON.stringify(lines())
    for (const secret of [ada.email, newEmail, first, second, third])
      expect(text).not.toContain(secret)
  })
})

describe('a server without SMTP_URL', { timeout: 60_000 }, () => {
  it('writes the message with its link to the log outside of production', async ({ expect }) => {
    const { log, lines } = recordLog()
    const app = await startApp({ log })
    const ada = await app.signUp('Ada')
    await requestReset(app, ada.email)
    const line = await vi.waitUntil(() => lines().find(({ msg }) => msg.startsWith('E-mail to')))
    const [, token = ''] = /\/reset-password#token=(\S+)/.exec(line.msg) ?? []
    expect((await setPassword(app, token)).status).toBe(200)
    await app.close()
  })

  it('says in production that the operator has not set up mail', async ({ expect }) => {
    const production = { NODE_ENV: 'production', BETTER_AUTH_URL: 'http://localhost' }
    const app = await startApp({ variables: production })
    const options = await app.request('/api/auth/sign-in-options')
    expect(await options.json()).toMatchObject({ mail: false })
    const refused = await requestReset(app, 'ada@example.com')
    expect([refused.status, (await readBody(refused)).code]).toEqual([403, 'MAIL_NOT_SET_UP'])
    await app.close()
  })
})
