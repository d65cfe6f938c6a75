import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import { connect } from '#db/client.ts'
import { silentLog } from '#db/testing/cluster.ts'
import { readRuns } from '#db/testing/random.ts'
import { seedTasks } from '#db/testing/tasks.ts'
import {
  listAccessTokens,
  makeAccessToken,
  narrowed,
  postAccessToken,
} from '../testing/access-tokens.ts'
import { type Account, type Answer, type App, manyPoints } from '../testing/app.ts'
import { connectMcp } from '../testing/mcp.ts'
import { decide, listConnectedApps, open } from '../testing/oauth.ts'
import { withVariables } from '../testing/test.ts'

const it = withVariables(manyPoints)

const deleting = 'mutation ($id: ID!) { deleteTask(input: { id: $id }) { deletedTaskId } }'
const creating = 'mutation { createTask(input: { title: "Walk" }) { task { id } } }'
const counting = '{ tasks { totalCount } }'
const listingPaused =
  '{ pausedActors { actor { id kind name } pausedAt reason maxDeletions maxChanges } }'
const resuming = 'mutation ($id: ID!) { resumeActor(input: { actorId: $id }) { actor { name } } }'
const undoing = `mutation ($id: ID!) {
  undoChanges(input: { actorId: $id }) { changes { id } conflicts { reason } hasMore }
}`
const fields = 'id title description completedAt dueOn priority labels createdAt'

/** How often 32 requests run at once. The trial runs 50 rounds: npm run test:undo. */
const rounds = readRuns('BRAKE_ROUNDS', { local: 2, ci: 3 })

async function seed(app: App, { id }: Account, seeded: Parameters<typeof seedTasks>[2]) {
  const { db, close } = connect(app.databaseUrl, silentLog)
  await seedTasks(db, id, seeded).finally(close)
}

type Paused = { actor: { id: string; kind: string; name: string }; reason: string }

async function listPaused({ query }: Account): Promise<Paused[]> {
  return ((await query(listingPaused)).body.data as { pausedActors: Paused[] }).pausedActors
}

async function createTasks(ada: Account, number: number): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < number) ids.push(await ada.createTask())
  return ids
}

const codeOf = ({ body }: Answer) => body.errors?.[0]?.extensions.code

async function countTasks({ query }: Account): Promise<number> {
  return ((await query(counting)).body.data as { tasks: { totalCount: number } }).tasks.totalCount
}

describe('a program that exceeds a limit', () => {
  it('is refused with PAUSED, and only reads on every instance until the person decides', async ({
    app,
    other,
  }) => {
    const ada = await app.signUp('Ada')
    const ids = await createTasks(ada, 4)
    const limits = { maxDeletions: 2 }
    const script = await makeAccessToken(app, ada, ['tasks:write', 'tasks:delete'], limits)
    const remove = (at: App, number: number) =>
      at.query(deleting, { id: ids[number] }, script.token)
    expect(codeOf(await remove(app, 0))).toBeUndefined()
    expect(codeOf(await remove(other, 1))).toBeUndefined()
    const refused = await remove(app, 2)
    expect(refused.status).toBe(403)
    expect(refused.body.errors).toMatchObject([
      {
        message: expect.stringMatching(/more than 2 tasks to the trash/),
        extensions: { code: 'PAUSED' },
      },
    ])
    for (const at of [app, other]) {
      expect(codeOf(await at.query(creating, {}, script.token))).toBe('PAUSED')
      expect((await at.query(counting, {}, script.token)).body.data).toEqual({
        tasks: { totalCount: 2 },
      })
    }
    const exchanged = await narrowed(app, script.token)
    expect(codeOf(await other.query(creating, {}, exchanged))).toBe('PAUSED')
    const [paused] = await listPaused(ada)
    expect(paused).toMatchObject({
      actor: { kind: 'ACCESS_TOKEN', name: 'A script' },
      reason: 'DELETIONS',
      maxDeletions: 2,
      maxChanges: 1_000,
    })
    expect(await listAccessTokens(app, ada)).toMatchObject([{ pausedAt: expect.any(String) }])
    const resumed = await ada.query(resuming, { id: paused?.actor.id })
    expect(resumed.body.data).toEqual({ resumeActor: { actor: { name: 'A script' } } })
    expect(codeOf(await other.query(creating, {}, script.token))).toBeUndefined()
  })

  it('gets the code PAUSED from an MCP tool', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const { token } = await makeAccessToken(app, ada, ['tasks:write'], { maxChanges: 0 })
    const caller = await connectMcp(app, token)
    const answer = await caller.call('create_task', { title: 'Walk' })
    expect(answer).toMatchObject({ isError: true, content: { error: { code: 'PAUSED' } } })
    expect(answer.text).toMatch(/^PAUSED: .*more than 0 changes/)
    await caller.close()
  })

  it('is an app with the limits of its consent', async ({ app, notebook }) => {
    const ada = await app.signUp('Ada')
    const begin = async () => open(app, (await notebook.begin({ scope: 'tasks:write' })).url, ada)
    const wrong = await decide(app, ada, await begin(), true, { maxChanges: 100_001 })
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { error: 'invalid_request' }])
    expect(await listConnectedApps(app, ada)).toEqual([])
    await decide(app, ada, await begin(), true, { maxDeletions: 3, maxChanges: 1 })
    expect(await listConnectedApps(app, ada)).toMatchObject([{ maxDeletions: 3, maxChanges: 1 }])
    const { access_token } = await notebook.connect(ada, { scope: 'tasks:write' })
    expect(codeOf(await app.query(creating, {}, access_token))).toBeUndefined()
    expect(codeOf(await app.query(creating, {}, access_token))).toBe('PAUSED')
    expect(await listPaused(ada)).toMatchObject([{ actor: { kind: 'APP', name: 'Notebook' } }])
  })

  it('is not paused by a dry run', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const { token } = await makeAccessToken(app, ada, ['tasks:write'], { maxChanges: 0 })
    const response = await app.request('/graphql', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: creating, extensions: { dryRun: true } }),
    })
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'PAUSED' } }] })
    expect(await listPaused(ada)).toEqual([])
  })

  it('is resumed only by its own person', async ({ app, bob }) => {
    const ada = await app.signUp('Ada')
    const { token } = await makeAccessToken(app, ada, ['tasks:write'], { maxChanges: 0 })
    await app.query(creating, {}, token)
    const [paused] = await listPaused(ada)
    for (const id of [paused?.actor.id, 'x', 'QWN0b3I6UEVSU09OOmFkYQ=='])
      expect(codeOf(await bob.query(resuming, { id }))).toBe('NOT_FOUND')
    expect(codeOf(await app.query(listingPaused, {}, token))).toBe('FORBIDDEN')
    expect(await listPaused(ada)).toHaveLength(1)
    expect(await listPaused(bob)).toEqual([])
  })

  it.for(Array.from({ length: rounds }, (_, round) => round))(
    'stops at exactly its limit with 32 requests at once on two instances, round %i',
    async (round, { app, other }) => {
      const ada = await app.signUp('Ada')
      const maxDeletions = 5 + (round % 20)
      const ids = await createTasks(ada, 32)
      const limits = { maxDeletions }
      const { token } = await makeAccessToken(app, ada, ['tasks:delete'], limits)
      const answers = await Promise.all(
        ids.map((id, at) => (at % 2 ? app : other).query(deleting, { id }, token)),
      )
      const codes = answers.map(codeOf).filter((code) => code !== undefined)
      expect(codes).toEqual(Array.from({ length: 32 - maxDeletions }, () => 'PAUSED'))
      expect(await countTasks(ada)).toBe(32 - maxDeletions)
      expect(await listPaused(ada)).toHaveLength(1)
    },
  )
})

describe('a script that tries to delete 500 tasks', () => {
  it('stops at 50; all is undone, and the token revoked', async ({ app, other }) => {
    const ada = await app.signUp('Ada')
    const seeded = Array.from({ length: 500 }, (_, at) => ({
      title: `Task ${at}`,
      labels: [`Label ${at % 7}`],
      completedAt: at % 3 ? null : '2026-11-27T09:00:00.123Z',
    }))
    await seed(app, ada, seeded)
    const readAll = async () => {
      const nodes: unknown[] = []
      for (let after: string | null = null; ; ) {
        const page: Answer = await ada.query(
          `query ($after: String) { tasks(first: 100, after: $after) {
            nodes { ${fields} } pageInfo { hasNextPage endCursor } } }`,
          { after },
        )
        const { tasks } = page.body.data as {
          tasks: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } }
        }
        nodes.push(...tasks.nodes)
        if (!tasks.pageInfo.hasNextPage) return nodes as { id: string }[]
        after = tasks.pageInfo.endCursor
      }
    }
    const before = await readAll()
    expect(before).toHaveLength(500)
    const script = await makeAccessToken(app, ada, ['tasks:read', 'tasks:delete'])
    const codes: unknown[] = []
    for (const { id } of before) {
      const answer = await (codes.length % 2 ? app : other).query(deleting, { id }, script.token)
      codes.push(codeOf(answer))
    }
    expect(codes.indexOf('PAUSED')).toBe(50)
    expect(codes.filter((code) => code === undefined)).toHaveLength(50)
    expect(await countTasks(ada)).toBe(450)
    const [paused] = await listPaused(ada)
    const undone = await ada.query(undoing, { id: paused?.actor.id })
    expect(undone.body.data).toEqual({
      undoChanges: { changes: expect.any(Array), conflicts: [], hasMore: false },
    })
    expect(await readAll()).toEqual(before)
    expect((await postAccessToken(app, ada, 'revoke', { id: script.id })).status).toBe(200)
    expect((await app.query(counting, {}, script.token)).status).toBe(401)
    expect(await listPaused(ada)).toEqual([])
  })

  it('deletes nothing with deleteCompletedTasks', async ({ app }) => {
    const ada = await app.signUp('Ada')
    const seeded = Array.from({ length: 51 }, () => ({ completedAt: '2026-11-27T09:00:00.123Z' }))
    await seed(app, ada, seeded)
    const { token } = await makeAccessToken(app, ada, ['tasks:delete'])
    const mutation = 'mutation { deleteCompletedTasks { deletedTaskIds } }'
    expect(codeOf(await app.query(mutation, {}, token))).toBe('PAUSED')
    expect(await countTasks(ada)).toBe(51)
  })
})

describe('undoChanges', () => {
  it('needs a change or an actor, and changes nothing for unknown ones', async ({ app, bob }) => {
    const ada = await app.signUp('Ada')
    await ada.createTask()
    const undo = 'mutation ($input: UndoChangesInput!) { undoChanges(input: $input) { hasMore } }'
    const changes = await ada.query('{ taskChanges { nodes { id actor { id } } } }')
    const [change] = (
      changes.body.data as { taskChanges: { nodes: { id: string; actor: { id: string } }[] } }
    ).taskChanges.nodes
    const ask = async (who: Account, input: object) => codeOf(await who.query(undo, { input }))
    expect(await ask(ada, {})).toBe('BAD_USER_INPUT')
    expect(await ask(ada, { occurredAtOrAfter: '2026-11-27T09:00:00Z' })).toBe('BAD_USER_INPUT')
    const tooMany = Array.from({ length: 1_001 }, () => change?.id)
    expect(await ask(ada, { changeIds: tooMany })).toBe('BAD_USER_INPUT')
    for (const changeIds of [['x'], [change?.id, 'VGFza0NoYW5nZTo5'], [randomUUID()]])
      expect(await ask(ada, { changeIds })).toBe('NOT_FOUND')
    expect(await ask(ada, { actorId: 'x' })).toBe('NOT_FOUND')
    expect(await ask(bob, { changeIds: [change?.id] })).toBe('NOT_FOUND')
    expect(await ask(bob, { actorId: change?.actor.id })).toBe('NOT_FOUND')
    expect(await countTasks(ada)).toBe(1)
    expect(await ask(ada, { changeIds: [change?.id] })).toBeUndefined()
    expect(await countTasks(ada)).toBe(0)
  })
})
