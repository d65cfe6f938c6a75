import { describe, expect } from 'vitest'
import { makeAccessToken } from '../testing/access-tokens.ts'
import type { Account, App } from '../testing/app.ts'
import { connectMcp } from '../testing/mcp.ts'
import { it } from '../testing/test.ts'

/* What a token with tasks:create alone learns of the tasks of its owner: nothing but its own creation. */

const fields =
  'id title description completed completedAt dueOn priority labels createdAt updatedAt'
const create = `mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { ${fields} } } }`

const makeCreator = async (app: App, ada: Account) =>
  (await makeAccessToken(app, ada, ['tasks:create'])).token

async function createAs(app: App, token: string, input: object): Promise<Record<string, unknown>> {
  const { body } = await app.query(create, { input }, token)
  return (body.data as { createTask: { task: Record<string, unknown> } }).createTask.task
}

const change = (id: unknown) =>
  `mutation { updateTask(input: { id: "${id}", title: "Changed", labels: ["Secret"] }) { task { id } }
    completeTask(input: { id: "${id}" }) { task { id } } }`

describe('a token with tasks:create alone', () => {
  it('gets the task as it was created for a retry, after another client changed it', async ({
    app,
    ada,
  }) => {
    const token = await makeCreator(app, ada)
    const input = { title: 'Walk', dueOn: '2027-01-02', idempotencyKey: 'walk' }
    const created = await createAs(app, token, input)
    expect(created).toMatchObject({ title: 'Walk', completed: false, updatedAt: created.createdAt })
    expect((await ada.query(change(created.id))).body.errors).toBeUndefined()
    expect(await createAs(app, token, input)).toEqual(created)
    expect(await createAs(app, ada.token, input)).toMatchObject({
      title: 'Changed',
      completed: true,
      labels: ['Secret'],
    })
  })

  it('gets its own spelling of a label that other tasks spell otherwise', async ({ app, ada }) => {
    await ada.createTask({ labels: ['OFFICE'] })
    const input = { title: 'Call', labels: ['office', 'Office', 'Home'] }
    const created = await createAs(app, await makeCreator(app, ada), input)
    expect(created.labels).toEqual(['office', 'Home'])
    const stored = await ada.query(`{ task(id: "${created.id}") { labels } }`)
    expect(stored.body.data).toEqual({ task: { labels: ['OFFICE', 'Home'] } })
  })

  it('cannot read its own creation', async ({ app, ada }) => {
    const token = await makeCreator(app, ada)
    const { id } = await createAs(app, token, { title: 'Walk' })
    for (const query of [`task(id: "${id}")`, `node(id: "${id}")`, `nodes(ids: ["${id}"])`]) {
      const { status, body } = await app.query(`{ ${query} { id } }`, {}, token)
      expect([status, body.errors?.[0]?.extensions.code]).toEqual([403, 'FORBIDDEN'])
    }
  })

  it('has one tool, which answers the same', async ({ app, ada }) => {
    const caller = await connectMcp(app, await makeCreator(app, ada))
    expect(await caller.listTools()).toEqual(['create_task'])
    const input = { title: 'Swim', idempotencyKey: 'swim' }
    const { content } = await caller.call('create_task', input)
    const { id } = content.task as { id: string }
    await ada.query(change(id))
    expect(await caller.call('create_task', input)).toMatchObject({ isError: false, content })
    await caller.close()
  })
})
