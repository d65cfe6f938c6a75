import { describe, expect } from 'vitest'
import { makeAccessToken } from '../testing/access-tokens.ts'
import type { Account, App } from '../testing/app.ts'
import { it } from '../testing/test.ts'

const path = '/api/auth/account/export'

async function exportAccount(app: App, { cookie }: Pick<Account, 'cookie'>) {
  const response = await app.request(path, { headers: { cookie } })
  return { response, text: await response.text() }
}

type Named = { id: string; title?: string }
type Exported = {
  account: object
  accessTokens: object[]
  connectedApps: object[]
  tasks: (Named & Record<string, unknown>)[]
  changes: { position: number; taskId: string; kind: string }[]
}

describe('the export of an account', { timeout: 60_000 }, () => {
  it('has everything of the account, and no secret', async ({ app, notebook }) => {
    const ada = await app.signUp('Ada')
    const open = await ada.createTask({ title: 'Write', labels: ['home'], priority: 'HIGH' })
    const deleted = await ada.createTask({ title: 'Read' })
    await ada.query('mutation ($id: ID!) { deleteTask(input: { id: $id }) { deletedTaskId } }', {
      id: deleted,
    })
    const { token } = await makeAccessToken(app, ada, ['tasks:read'])
    const connected = await notebook.connect(ada, { scope: 'tasks:read offline_access' })
    const { response, text } = await exportAccount(app, ada)
    expect(response.headers.get('content-disposition')).toContain('attachment')
    const { account, accessTokens, connectedApps, tasks, changes }: Exported = JSON.parse(text)
    expect(account).toMatchObject({ id: ada.id, email: ada.email, emailVerified: false })
    expect(accessTokens).toMatchObject([{ scopes: ['tasks:read'] }])
    expect(connectedApps).toMatchObject([{ scopes: expect.arrayContaining(['tasks:read']) }])
    expect(tasks).toEqual([
      {
        id: open,
        title: 'Write',
        description: null,
        completedAt: null,
        dueOn: null,
        repeat: null,
        priority: 'HIGH',
        labels: ['home'],
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
        deletedAt: null,
      },
      expect.objectContaining({ id: deleted, title: 'Read', deletedAt: expect.any(String) }),
    ])
    expect(changes.map(({ kind, taskId }) => [kind, taskId])).toEqual([
      ['CREATED', open],
      ['CREATED', deleted],
      ['DELETED', deleted],
    ])
    for (const secret of [ada.password, token, connected.access_token, connected.refresh_token])
      expect(text).not.toContain(secret)
  })

  it('has each task once when there are more than one page of them', async ({ app }) => {
    const ada = await app.signUp('Ada')
    await app.pool.query(`begin;
      set local taskward.actor = '{"kind": "PERSON", "id": "${ada.id}"}';
      insert into tasks (user_id, id, title, title_key, priority, labels, label_keys)
      select '${ada.id}', gen_random_uuid(), 'T' || n, 't' || n, 'LOW', '{}', '{}'
      from generate_series(1, 1001) n; commit`)
    const { tasks, changes }: Exported = JSON.parse((await exportAccount(app, ada)).text)
    expect(new Set(tasks.map(({ title }) => title)).size).toBe(1001)
    expect(changes.map(({ position }) => position)).toEqual(
      Array.from({ length: 1001 }, (_, n) => n + 1),
    )
  })

  it('has nothing of other users', async ({ app, ada, bob }) => {
    await ada.createTask({ title: 'A secret of Ada' })
    expect((await exportAccount(app, bob)).text).not.toContain('A secret of Ada')
  })

  it('needs the session: no token of a program can read it', async ({ app, ada }) => {
    const { token } = await makeAccessToken(app, ada, ['tasks:read'])
    for (const bearer of [token, ada.token]) {
      const headers = { Authorization: `Bearer ${bearer}` }
      expect((await app.request(path, { headers })).status).toBe(401)
    }
    expect((await app.request(path)).status).toBe(401)
  })

  it('is refused after ten times in an hour', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const statuses: number[] = []
    for (let n = 0; n < 11; n++) statuses.push((await exportAccount(app, ada)).response.status)
    expect(statuses).toEqual([...Array(10).fill(200), 429])
  })
})
