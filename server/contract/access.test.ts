import { describe, expect } from 'vitest'
import {
  createCompletedTask,
  expectedOutcome,
  lacking,
  letIn,
  outcomeOf,
  reach,
  type Scene,
  withoutToken,
} from '../testing/access.ts'
import type { App } from '../testing/app.ts'
import {
  accountScope,
  documentOf,
  everyScope,
  grantableScopes,
  places,
  type Rule,
  rootFields,
  ruleOf,
} from '../testing/contract.ts'
import { it } from '../testing/test.ts'

/*
 * The printed schema alone says which fields are protected. Each is called over HTTP with every kind
 * of token, and the answer is compared with the field's directive.
 */

const readsTasks = [['tasks:read'], ['tasks:write']]
const createsTasks = [['tasks:create'], ['tasks:write']]
const writesTasks = [['tasks:write']]
const deletesTasks = [['tasks:delete']]

// A copy, because changing a rule in the code changes the printed schema too.
const agreed: Record<string, Rule> = {
  'Query.viewer': 'authenticated',
  'Query.node': 'authenticated',
  'Query.nodes': 'authenticated',
  'Query.task': readsTasks,
  'Query.tasks': readsTasks,
  'Query.labels': readsTasks,
  'Query.taskChanges': readsTasks,
  'Viewer.email': [['email']],
  'Query.trash': readsTasks,
  'Mutation.createTask': createsTasks,
  'Mutation.updateTask': writesTasks,
  'Mutation.completeTask': writesTasks,
  'Mutation.reopenTask': writesTasks,
  'Mutation.deleteTask': deletesTasks,
  'Mutation.deleteCompletedTasks': deletesTasks,
  'Mutation.restoreTask': [['tasks:write'], ['tasks:delete']],
  'Mutation.purgeTask': [['account']],
  'Mutation.emptyTrash': [['account']],
  'Mutation.undoChanges': [['account']],
  'Query.pausedActors': [['account']],
  'Mutation.resumeActor': [['account']],
  'Subscription.taskChanged': readsTasks,
}

/** The claims of a kind of token, and the scopes that it has. */
type Kind = { kind: string; claims: object; holds: string[] }

const holdsNothing: [kind: string, claims: object][] = [
  ['an empty scope claim', { scope: '' }],
  ['a blank scope claim', { scope: '  ' }],
  ['scope null', { scope: null }],
  ['a number as scope', { scope: 7 }],
  ['true as scope', { scope: true }],
  ['an object as scope', { scope: { 'tasks:read': true, 'tasks:write': true, email: true } }],
  ['an array as scope', { scope: everyScope }],
  ['an unknown scope', { scope: 'tasks:admin' }],
  ['the scope of the person', { scope: accountScope }],
  ['scopes in capitals', { scope: everyScope.join(' ').toUpperCase() }],
  ['scopes with commas', { scope: everyScope.join(',') }],
  ['beginnings of scopes', { scope: 'tasks tasks: tasks:* * mail' }],
  ['client_id without scope', { client_id: 'widget' }],
  ['azp without scope', { azp: 'widget' }],
  ['azp null without scope', { azp: null }],
]

const kinds: Kind[] = [
  { kind: 'neither scope nor client', claims: {}, holds: everyScope },
  { kind: 'every scope', claims: { scope: everyScope.join(' ') }, holds: grantableScopes },
  ...grantableScopes.map((scope) => ({ kind: `only ${scope}`, claims: { scope }, holds: [scope] })),
  ...holdsNothing.map(([kind, claims]) => ({ kind, claims, holds: [] })),
]

describe('the printed schema', () => {
  it('protects exactly the agreed fields with the agreed rules', () => {
    expect(Object.fromEntries(places.map(({ name, rule }) => [name, rule]))).toEqual(agreed)
  })

  it('has a rule on every root field except the public one', () => {
    const open = rootFields.filter((field) => !ruleOf(field)).map(({ name }) => name)
    expect(open).toEqual(['operationAccess'])
  })

  it.each(places)('states in the description of $name what it requires', ({ path, rule }) => {
    const scopes = rule === 'authenticated' ? [] : rule.map((all) => all.join(' and '))
    const sentence =
      scopes.length > 0 ? `Requires scope ${scopes.join(' or ')}.` : 'Requires a token.'
    expect(path.at(-1)?.description?.split('\n').at(-1)).toBe(sentence)
  })
})

describe.each(places)('$name', (place) => {
  it('answers a caller without a token as its directive requires', async ({ app, ada }) => {
    expect(outcomeOf(await reach({ app, ada }, place))).toEqual(expectedOutcome(place, null))
  })

  it.for(kinds)(
    'answers a token with $kind as its directive requires',
    async ({ claims, holds }, { app, ada }) => {
      const token = app.signToken({ sub: ada.id, email: ada.email, ...claims })
      expect(outcomeOf(await reach({ app, ada }, place, token))).toEqual(
        expectedOutcome(place, holds),
      )
    },
  )

  it('allows a user who signed up', async ({ app, ada }) => {
    expect(outcomeOf(await reach({ app, ada }, place, ada.token))).toEqual(letIn)
  })
})

describe.each(places.filter(({ operation }) => operation === 'mutation'))('$name', (place) => {
  it('changes nothing when it refuses', async ({ app, ada }) => {
    const id = await createCompletedTask(ada)
    const before = await snapshot(app)
    for (const [, claims] of holdsNothing) {
      await app.query(documentOf(place, id), {}, app.signToken({ sub: ada.id, ...claims }))
    }
    expect(await snapshot(app)).toEqual(before)
  })
})

describe('an invalid argument', () => {
  const refusedBeforeParsing = [
    '{ task(id: "?") { id } }',
    '{ tasks(first: 1000) { totalCount } }',
    '{ tasks(first: 1, last: 1) { totalCount } }',
    '{ tasks(after: "?") { totalCount } }',
    '{ tasks(filter: { search: "\\u0000" }) { totalCount } }',
    'mutation { createTask(input: { title: "" }) { task { id } } }',
    'mutation { updateTask(input: { id: "?", title: "" }) { task { id } } }',
    'mutation { deleteTask(input: { id: "?" }) { deletedTaskId } }',
  ]
  const forAnyToken = ['{ node(id: "?") { id } }', `{ nodes(ids: [${'"?",'.repeat(101)}]) { id } }`]

  it.for([...refusedBeforeParsing, ...forAnyToken])(
    'is not checked for a caller without a token: %s',
    async (document, { app }) => {
      expect(outcomeOf(await app.query(document))).toEqual(withoutToken)
    },
  )

  it.for(refusedBeforeParsing)(
    'is not checked for a token without the scope: %s',
    async (document, { app }) => {
      const { status, body } = await app.query(document, {}, app.signToken({ scope: 'email' }))
      expect(status).toBe(403)
      expect(body.errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN'])
    },
  )
})

describe.each([
  ['node', 'query ($id: ID!) { node(id: $id) { id ... on Task { title } } }'],
  ['nodes', 'query ($id: ID!) { nodes(ids: ["?", $id]) { id ... on Task { title } } }'],
])('%s with the id of a task', (_name, document) => {
  const ask = ({ app, ada }: Scene, id: string, scope: string) =>
    app.query(document, { id }, app.signToken({ sub: ada.id, scope }))

  it.for(['tasks:read', 'tasks:write'])('answers a token with %s', async (scope, { app, ada }) => {
    const id = await createCompletedTask(ada)
    const { body } = await ask({ app, ada }, id, scope)
    expect(body.errors).toBeUndefined()
    expect(JSON.stringify(body.data)).toContain(id)
  })

  it.for(['', 'email', 'tasks:admin'])(
    'refuses a token with scope "%s"',
    async (scope, { app, ada }) => {
      expect(outcomeOf(await ask({ app, ada }, await createCompletedTask(ada), scope))).toEqual(
        lacking(readsTasks, [scope]),
      )
    },
  )

  it('refuses also the id of no task, so that a caller cannot learn which exist', async ({
    app,
    ada,
  }) => {
    const id = Buffer.from('Task:00000000-0000-7000-8000-000000000000').toString('base64')
    expect(outcomeOf(await ask({ app, ada }, id, 'email'))).toEqual(lacking(readsTasks, ['email']))
  })
})

async function snapshot(app: App): Promise<unknown> {
  const { rows } = await app.pool.query('select * from tasks order by id')
  return rows
}
