import { describe, expect } from 'vitest'
import { expectedOutcome, type Outcome, outcomeOf } from '../testing/access.ts'
import type { Account, App } from '../testing/app.ts'
import { places } from '../testing/contract.ts'
import { credentialKinds } from '../testing/credentials.ts'
import { postMcp, toolCall } from '../testing/mcp.ts'
import { it } from '../testing/test.ts'
import type { ToolName } from './operations.ts'

/*
 * Tests every tool with every set of scopes and every kind of credential, as
 * contract/credentials.test.ts does for fields. The expected outcome comes from the printed schema,
 * which does not contain tools.
 */

const fields = {
  list_tasks: 'Query.tasks',
  find_task: 'Query.task',
  list_labels: 'Query.labels',
  create_task: 'Mutation.createTask',
  update_task: 'Mutation.updateTask',
  complete_task: 'Mutation.completeTask',
  reopen_task: 'Mutation.reopenTask',
  delete_task: 'Mutation.deleteTask',
  list_trash: 'Query.trash',
  restore_task: 'Mutation.restoreTask',
  list_changes: 'Query.taskChanges',
} satisfies Record<ToolName, string>

const tools = Object.entries(fields).map(([tool, field]) => ({ tool, field }))

describe.each(credentialKinds)('$name', ({ name, scopeSets, credentialOf }) => {
  const credentials: [scopes: string[], credential: string][] = []
  // A user of its own, because an account may have 50 access tokens.
  let owner: Account
  it.beforeAll(async ({ app }) => {
    owner = await app.signUp('Ada')
    for (const scopes of scopeSets) {
      credentials.push([scopes, await credentialOf(app, owner, scopes)])
    }
  })

  // An app can request the scopes of a tool that it is refused.
  const seesAll = name.startsWith('the token of an app')
  it(`lists ${seesAll ? 'all tools' : 'the tools that the directives allow'}`, async ({ app }) => {
    for (const [scopes, credential] of credentials) {
      const open = tools.filter(({ field }) => seesAll || expected(field, scopes).status === 200)
      expect(await listTools(app, credential)).toEqual(open.map(({ tool }) => tool))
    }
  })

  it.for(tools)('allows $tool under the rule of $field', async ({ tool, field }, { app }) => {
    const outcomes: Record<string, Outcome> = {}
    const expectedOutcomes: typeof outcomes = {}
    for (const [scopes, credential] of credentials) {
      const set = scopes.join(' ') || 'none'
      outcomes[set] = await call(app, owner, tool, credential)
      expectedOutcomes[set] = expected(field, scopes)
    }
    expect(outcomes).toEqual(expectedOutcomes)
  })
})

describe('a refused tool call', () => {
  it.for(tools)('changes nothing: $tool', async ({ tool }, { app, ada }) => {
    const id = await ada.createTask({ title: 'Stay as it is' })
    const before = await snapshot(app)
    const token = app.signToken({ sub: ada.id, client_id: 'assistant', scope: 'email' })
    const given = { id, title: 'Changed', userId: ada.id }
    const response = await postMcp(app, toolCall(tool, given), bearer(token))
    expect(response.status).toBe(403)
    expect(await snapshot(app)).toEqual(before)
  })
})

const deletion = 'mutation ($id: ID!) { deleteTask(input: { id: $id }) { deletedTaskId } }'

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

function expected(field: string, scopes: string[]): Outcome {
  const place = places.find(({ name }) => name === field)
  if (!place) throw new Error(`The schema has no access rule for ${field}.`)
  return expectedOutcome(place, scopes)
}

async function listTools(app: App, credential: string): Promise<string[]> {
  const message = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
  const { result } = await (await postMcp(app, message, bearer(credential))).json()
  return result.tools.map(({ name }: { name: string }) => name)
}

/** The outcome without the part of the challenge that only /mcp has. */
async function call(app: App, ada: Account, tool: string, credential: string): Promise<Outcome> {
  const { status, headers, body } = await answerOf(app, ada, tool, credential)
  const challenge = headers.get('WWW-Authenticate')
  const metadata = `${app.url}/.well-known/oauth-protected-resource/mcp`
  const challengeOfGraphql = challenge?.replace(`, resource_metadata="${metadata}"`, '') ?? null
  return { ...outcomeOf({ status, headers, body }), challenge: challengeOfGraphql }
}

async function answerOf(app: App, ada: Account, tool: string, credential: string) {
  const given = await argumentsOf(ada, tool)
  const response = await postMcp(app, toolCall(tool, given), bearer(credential))
  const { result, error } = await response.json()
  const refused = error?.data ?? (result.isError ? result.structuredContent.error : undefined)
  const errors = refused && [{ message: '', extensions: refused }]
  return { status: response.status, headers: response.headers, body: { errors } }
}

async function argumentsOf(ada: Account, tool: string): Promise<object> {
  if (tool.startsWith('list_')) return {}
  if (tool === 'create_task') return { title: 'Run' }
  const id = await ada.createTask()
  if (tool === 'restore_task') await ada.query(deletion, { id })
  return { id }
}

async function snapshot(app: App): Promise<unknown> {
  const { rows } = await app.pool.query('select * from tasks order by id')
  return rows
}
