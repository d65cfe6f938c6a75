import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import { postAuth, signIn } from '../testing/accounts.ts'
import type { App } from '../testing/app.ts'
import { authBeside } from '../testing/auth.ts'
import { withVariables } from '../testing/test.ts'
import { createInvitation } from './one-time-links.ts'

const open = withVariables({ SIGN_UPS: 'open' })
const byInvitation = withVariables({ SIGN_UPS: 'invite' })
const closed = withVariables({ SIGN_UPS: 'closed' })

const createEmail = () => `ada-${randomUUID()}@example.com`

function signUp(app: App, input: { email: string; invitation?: unknown; password?: string }) {
  return postAuth(app, '/sign-up/email', { name: 'Ada', password: randomUUID(), ...input })
}

/** The secret of an invitation. `now`: when it is created. */
async function invite(app: App, email: string, now = new Date()): Promise<string> {
  const { auth, close } = authBeside(app)
  const { internalAdapter: adapter } = await auth.$context
  const { url } = await createInvitation({ adapter, baseUrl: app.url, now }, email)
  await close()
  return new URLSearchParams(new URL(url).hash.slice(1)).get('invitation') ?? ''
}

async function countUsers(app: App, email: string): Promise<number> {
  const { rowCount } = await app.pool.query('select from "user" where email = $1', [email])
  return rowCount ?? 0
}

describe('SIGN_UPS=open', () => {
  open('creates an account without an invitation', async ({ app }) => {
    expect((await signUp(app, { email: createEmail() })).status).toBe(200)
  })
})

describe('SIGN_UPS=closed', () => {
  closed('refuses every sign-up, and says what to do', async ({ app }) => {
    const email = createEmail()
    const refused = await signUp(app, { email, invitation: await invite(app, email) })
    expect(refused.status).toBe(403)
    expect(await refused.json()).toEqual({
      code: 'SIGN_UPS_CLOSED',
      message:
        'This server accepts no new accounts. Sign in to an account that exists, or ask the operator.',
    })
    expect(await countUsers(app, email)).toBe(0)
  })
})

describe('SIGN_UPS=invite', () => {
  byInvitation('creates an account with an invitation for its address', async ({ app }) => {
    const email = createEmail()
    const invitation = await invite(app, email)
    const password = randomUUID()
    const created = await signUp(app, { email: email.toUpperCase(), invitation, password })
    expect(created.status).toBe(200)
    expect((await signIn(app, { email, password })).status).toBe(200)
  })

  byInvitation.for<[string, unknown]>([
    ['no invitation', undefined],
    ['an empty invitation', ''],
    ['an invitation that is no text', 7],
  ])('refuses %s with INVITATION_REQUIRED', async ([_what, invitation], { app }) => {
    const refused = await signUp(app, { email: createEmail(), invitation })
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ code: 'INVITATION_REQUIRED' })
  })

  byInvitation('refuses an invitation that does not exist', async ({ app }) => {
    const refused = await signUp(app, { email: createEmail(), invitation: randomUUID() })
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ code: 'INVITATION_INVALID' })
  })

  byInvitation('refuses the invitation of another address, and keeps it valid', async ({ app }) => {
    const email = createEmail()
    const invitation = await invite(app, email)
    const refused = await signUp(app, { email: createEmail(), invitation })
    expect(await refused.json()).toMatchObject({ code: 'INVITATION_INVALID' })
    expect((await signUp(app, { email, invitation })).status).toBe(200)
  })

  byInvitation('refuses an invitation after seven days', async ({ app }) => {
    const email = createEmail()
    const sevenDaysAgo = new Date(Date.now() - 7 * 86_400_000 - 1_000)
    const invitation = await invite(app, email, sevenDaysAgo)
    const refused = await signUp(app, { email, invitation })
    expect(await refused.json()).toMatchObject({ code: 'INVITATION_INVALID' })
  })

  byInvitation('keeps the invitation of a sign-up that fails', async ({ app }) => {
    const email = createEmail()
    const invitation = await invite(app, email)
    const refused = await signUp(app, { email, invitation, password: 'short' })
    expect(await refused.json()).toMatchObject({ code: 'PASSWORD_TOO_SHORT' })
    expect((await signUp(app, { email, invitation })).status).toBe(200)
  })

  byInvitation('makes one account of ten concurrent uses', async ({ app, other }) => {
    const email = createEmail()
    const invitation = await invite(app, email)
    const attempts = Array.from({ length: 10 }, (_, i) =>
      signUp(i % 2 === 0 ? app : other, { email, invitation }),
    )
    const statuses = (await Promise.all(attempts)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status >= 500)).toEqual([])
    expect(await countUsers(app, email)).toBe(1)
  })

  byInvitation('is used up when the account is deleted again', async ({ app }) => {
    const email = createEmail()
    const invitation = await invite(app, email)
    expect((await signUp(app, { email, invitation })).status).toBe(200)
    await app.pool.query('delete from "user" where email = $1', [email])
    const refused = await signUp(app, { email, invitation })
    expect(await refused.json()).toMatchObject({ code: 'INVITATION_INVALID' })
    expect(await countUsers(app, email)).toBe(0)
  })

  byInvitation('stores no secret of an invitation in clear', async ({ app }) => {
    const invitation = await invite(app, createEmail())
    const { rows } = await app.pool.query('select identifier, value from verification')
    expect(rows.length).toBeGreaterThan(0)
    expect(JSON.stringify(rows)).not.toContain(invitation)
  })
})
