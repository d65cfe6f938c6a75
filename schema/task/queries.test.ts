import { beforeEach, describe, expect, it } from 'vitest'
import { databaseForFile } from '#db/testing/database.ts'
import { asViewer, type Caller } from '../testing.ts'

const { db } = await databaseForFile()
let ada: Caller
let bob: Caller
beforeEach(() => {
  ada = asViewer(db)
  bob = asViewer(db)
})

type Page = {
  nodes: { id: string; title: string }[]
  pageInfo: {
    hasNextPage: boolean
    hasPreviousPage: boolean
    endCursor: string
    startCursor: string
  }
}

async function create(caller: Caller, input: object): Promise<string> {
  const document =
    'mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } } }'
  return (await caller.get<{ task: { id: string } }>(document, { input })).task.id
}

function list(caller: Caller, variables: Record<string, unknown> = {}): Promise<Page> {
  return caller.get<Page>(
    `query ($first: Int, $after: String, $last: Int, $before: String, $filter: TaskFilter, $orderBy: TaskOrder) {
      tasks(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
        nodes { id title }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }`,
    variables,
  )
}

async function titles(caller: Caller, variables?: Record<string, unknown>): Promise<string[]> {
  return (await list(caller, variables)).nodes.map(({ title }) => title)
}

const byTitle = { field: 'TITLE', direction: 'ASC' }

describe('tasks', () => {
  it('returns the newest first by default', async () => {
    for (const title of ['a', 'b', 'c']) await create(ada, { title })
    expect(await titles(ada)).toEqual(['c', 'b', 'a'])
    expect(await titles(ada, { orderBy: byTitle })).toEqual(['a', 'b', 'c'])
  })

  it('returns 20 by default, and at most 100', async () => {
    for (let n = 0; n < 101; n++) await create(ada, { title: `${n}` })
    expect(await titles(ada)).toHaveLength(20)
    expect(await titles(ada, { first: 100 })).toHaveLength(100)
    expect(await titles(ada, { last: 100 })).toHaveLength(100)
  })

  it('pages forward and backward without gaps or duplicates', async () => {
    const all = ['a', 'b', 'c', 'd', 'e']
    for (const title of all) await create(ada, { title })
    const forward = await pages((page) => ({ first: 2, after: page?.pageInfo.endCursor }))
    expect(forward).toEqual([['a', 'b'], ['c', 'd'], ['e']])
    const backward = await pages((page) => ({ last: 2, before: page?.pageInfo.startCursor }))
    expect(backward).toEqual([['d', 'e'], ['b', 'c'], ['a']])
  })

  it('keeps its position while tasks are created and deleted', async () => {
    const ids = new Map<string, string>()
    for (const title of ['b', 'd', 'f', 'h']) ids.set(title, await create(ada, { title }))
    const first = await list(ada, { first: 2, orderBy: byTitle })
    await create(ada, { title: 'a' })
    await create(ada, { title: 'e' })
    const deleteTask = 'mutation ($id: ID!) { deleteTask(input: { id: $id }) { deletedTaskId } }'
    await ada.get(deleteTask, { id: ids.get('d') })
    const after = first.pageInfo.endCursor
    expect(await titles(ada, { first: 2, after, orderBy: byTitle })).toEqual(['e', 'f'])
  })

  it('puts tasks without a due date last in both directions', async () => {
    await create(ada, { title: 'never' })
    await create(ada, { title: 'soon', dueOn: '2026-11-25' })
    await create(ada, { title: 'later', dueOn: '2026-12-25' })
    const due = (direction: string) => titles(ada, { orderBy: { field: 'DUE_ON', direction } })
    expect(await due('ASC')).toEqual(['soon', 'later', 'never'])
    expect(await due('DESC')).toEqual(['later', 'soon', 'never'])
  })

  it('sorts by the rank of a priority, not by its name', async () => {
    for (const priority of ['MEDIUM', 'HIGH', 'LOW'])
      await create(ada, { title: priority, priority })
    const orderBy = { field: 'PRIORITY', direction: 'ASC' }
    expect(await titles(ada, { orderBy })).toEqual(['LOW', 'MEDIUM', 'HIGH'])
  })

  it('refuses a cursor of another order', async () => {
    await create(ada, { title: 'a' })
    const { pageInfo } = await list(ada, { orderBy: byTitle })
    const document = 'query ($after: String) { tasks(after: $after) { totalCount } }'
    const refusal = await ada.refusalOf(document, { after: pageInfo.endCursor })
    expect(refusal).toEqual({ code: 'BAD_USER_INPUT', field: 'after' })
  })

  it.each<[kind: string, filter: object, expected: string[]]>([
    ['of a priority', { priority: ['HIGH'] }, ['100% sure']],
    ['of any of several priorities', { priority: ['LOW', 'HIGH'] }, ['100% sure', 'Éclair']],
    ['with a label in any case', { labels: ['HOME'] }, ['100% sure', 'Éclair']],
    ['with all of several labels', { labels: ['home', 'shop'] }, ['Éclair']],
    ['with a label that no task has', { labels: ['none'] }, []],
    ['due on a date or later', { dueOnOrAfter: '2026-11-25' }, ['Éclair']],
    ['due on a date or earlier', { dueOnOrBefore: '2026-11-24' }, ['100% sure']],
    ['with text in the title, in any case', { search: 'ÉCL' }, ['Éclair']],
    ['with text in the description', { search: 'pastry' }, ['Éclair']],
    ['with text in a label', { search: 'sho' }, ['Éclair']],
    ['with a percent sign', { search: '%' }, ['100% sure']],
    ['with an underscore', { search: '_' }, ['a_b']],
    ['that match all conditions', { labels: ['home'], priority: ['LOW'], search: 'a' }, ['Éclair']],
    [
      'that match all conditions but one',
      { labels: ['home'], priority: ['HIGH'], search: 'pastry' },
      [],
    ],
    ['that are open', { completed: false }, ['100% sure', 'a_b', 'Éclair']],
    ['that are completed', { completed: true }, []],
  ])('finds those %s', async (_kind, filter, expected) => {
    await create(ada, {
      title: '100% sure',
      priority: 'HIGH',
      labels: ['Home'],
      dueOn: '2026-11-24',
    })
    await create(ada, { title: 'a_b' })
    await create(ada, {
      title: 'Éclair',
      description: 'A pastry',
      priority: 'LOW',
      labels: ['home', 'Shop'],
      dueOn: '2026-11-25',
    })
    await create(bob, { title: '100% of Bob _', labels: ['Home', 'Shop'], priority: 'HIGH' })
    const found = await titles(ada, { filter, orderBy: byTitle })
    expect(found).toEqual(expected)
  })

  it('counts the matching tasks of all pages', async () => {
    for (const title of ['a', 'b', 'ab']) await create(ada, { title })
    await create(bob, { title: 'a' })
    const document = '{ tasks(first: 1, filter: { search: "a" }) { totalCount } }'
    expect(await ada.get(document)).toEqual({ totalCount: 2 })
  })

  async function pages(next: (page: Page | undefined) => object): Promise<string[][]> {
    const found: Page[] = []
    const isMore = ({ pageInfo }: Page) =>
      'last' in next(undefined) ? pageInfo.hasPreviousPage : pageInfo.hasNextPage
    do found.push(await list(ada, { ...next(found.at(-1)), orderBy: byTitle }))
    while (found.slice(-1).some(isMore))
    return found.map(({ nodes }) => nodes.map(({ title }) => title))
  }
})

describe('the task of another user', () => {
  it('is like a missing task for task, node and nodes', async () => {
    const id = await create(bob, { title: 'Only mine' })
    const document =
      'query ($id: ID!) { task(id: $id) { id } node(id: $id) { id } nodes(ids: [$id]) { id } }'
    const nothing = { data: { task: null, node: null, nodes: [null] } }
    for (const asked of [id, '?', '', 'VGFzazo=']) {
      expect(await ada.ask(document, { id: asked })).toEqual(nothing)
    }
    expect(await bob.ask(document, { id })).not.toEqual(nothing)
  })

  it('is in no list, count, filter or label', async () => {
    await create(bob, { title: 'Only mine', labels: ['Secret'] })
    expect(await titles(ada, { filter: { search: 'mine' } })).toEqual([])
    expect(await ada.get('{ tasks { totalCount } }')).toEqual({ totalCount: 0 })
    expect(await ada.get('{ labels { name taskCount } }')).toEqual([])
  })
})

describe('nodes', () => {
  it('returns the nodes in the order of the ids, with duplicates', async () => {
    const [a, b] = [await create(ada, { title: 'a' }), await create(ada, { title: 'b' })]
    const document = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
    const nodes = await ada.get(document, { ids: [b, '?', a, b] })
    expect(nodes).toEqual([{ id: b }, null, { id: a }, { id: b }])
  })
})

describe('labels', () => {
  it('are in alphabetical order, with their number of tasks', async () => {
    await create(ada, { title: 'a', labels: ['shop', 'Home'] })
    await create(ada, { title: 'b', labels: ['home'] })
    expect(await ada.get('{ labels { name taskCount } }')).toEqual([
      { name: 'Home', taskCount: 2 },
      { name: 'shop', taskCount: 1 },
    ])
  })
})

describe('viewer', () => {
  it('returns the account and the scopes of the token', async () => {
    const { id, get } = asViewer(db, ['email'])
    expect(await get('{ viewer { id email scopes } }')).toEqual({
      id,
      email: `${id}@example.com`,
      scopes: ['email'],
    })
  })
})
