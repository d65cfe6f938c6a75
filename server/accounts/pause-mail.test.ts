import { afterAll, describe, expect, vi } from 'vitest'
import { makeAccessToken } from '../testing/access-tokens.ts'
import type { Account, App } from '../testing/app.ts'
import { startMailServer } from '../testing/smtp.ts'
import { withVariables } from '../testing/test.ts'

const server = await startMailServer()
afterAll(server.close)
const it = withVariables({ SMTP_URL: server.url, MAIL_FROM: 'tasks@example.com' })

const deleting = 'mutation ($id: ID!) { deleteTask(input: { id: $id }) { deletedTaskId } }'
const resuming = 'mutation ($id: ID!) { resumeActor(input: { actorId: $id }) { actor { name } } }'
const listing = '{ pausedActors { actor { id } } }'

const mailsTo = ({ email }: Account) => server.mails.filter(({ to }) => to.includes(email))

/** Concurrent deletions by a program that may make none more than one. */
async function exceed(app: App, ada: Account, token: string): Promise<unknown[]> {
  const ids = await Promise.all(Array.from({ length: 6 }, () => ada.createTask()))
  const answers = await Promise.all(ids.map((id) => app.query(deleting, { id }, token)))
  return answers.flatMap(({ body }) => body.errors?.map(({ extensions }) => extensions.code) ?? [])
}

async function makeProgram(app: App, ada: Account): Promise<string> {
  const limits = { maxDeletions: 1 }
  return (await makeAccessToken(app, ada, ['tasks:write', 'tasks:delete'], limits)).token
}

const verify = (app: App, { id }: Account) =>
  app.pool.query(`update "user" set "emailVerified" = true where id = $1`, [id])

describe('the e-mail for a paused program', { timeout: 60_000 }, () => {
  it('is sent once for each pause, with a link to the Activity page', async ({ app }) => {
    const ada = await app.signUp('Ada')
    await verify(app, ada)
    const token = await makeProgram(app, ada)
    expect(await exceed(app, ada, token)).toContain('PAUSED')
    const [mail] = await vi.waitUntil(() => mailsTo(ada).length > 0 && mailsTo(ada))
    expect(mail?.text).toContain(`${app.url}/activity`)
    const { body } = await ada.query(listing)
    const [paused] = (body.data as { pausedActors: { actor: { id: string } }[] }).pausedActors
    await ada.query(resuming, { id: paused?.actor.id })
    expect(await exceed(app, ada, token)).toContain('PAUSED')
    await vi.waitUntil(() => mailsTo(ada).length > 1)
    expect(mailsTo(ada)).toHaveLength(2)
  })

  it('is not sent to an address that is not verified', async ({ app }) => {
    const [ada, bob] = [await app.signUp('Ada'), await app.signUp('Bob')]
    await verify(app, bob)
    for (const account of [ada, bob])
      expect(await exceed(app, account, await makeProgram(app, account))).toContain('PAUSED')
    await vi.waitUntil(() => mailsTo(bob).length > 0)
    expect(mailsTo(ada)).toEqual([])
  })
})
