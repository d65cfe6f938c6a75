import { describe, expect } from 'vitest'
import { jsonHeaders, readAnswer } from '../../testing/app.ts'
import { it } from '../../testing/test.ts'
import { range } from './hostile-requests.ts'

/* Large requests of honest clients, which the limits must allow. */

describe('a large honest request is served', () => {
  it('with 15 new tasks that have 10 labels each', async ({ ada }) => {
    const names = range(15, (n) => `i${n}`)
    const document = `mutation(${names.map((name) => `$${name}: CreateTaskInput!`)}) {
      ${names.map((name) => `${name}: createTask(input: $${name}) { task { id } }`).join(' ')}
    }`
    const input = { title: 'Read', labels: range(10, (n) => `label ${n}`) }
    const variables = Object.fromEntries(names.map((name) => [name, input]))
    expect((await ada.query(document, variables)).body.errors).toBeUndefined()
  })

  it('with 100 ids in nodes', async ({ ada }) => {
    const id = await ada.createTask()
    const ids = range(100, () => id)
    const document = 'query($ids: [ID!]!) { nodes(ids: $ids) { id } }'
    const { body } = await ada.query(document, { ids })
    expect(body).toEqual({ data: { nodes: ids.map((each) => ({ id: each })) } })
  })

  it('with 100 labels in a filter', async ({ ada }) => {
    const document = 'query($f: TaskFilter) { tasks(filter: $f) { totalCount } }'
    const f = { labels: range(100, (n) => `label ${n}`) }
    expect((await ada.query(document, { f })).body).toEqual({ data: { tasks: { totalCount: 0 } } })
  })

  it('with 30 fragments that select the same fields, as Relay generates them', async ({ ada }) => {
    const fragments = range(30, (n) => `fragment f${n} on Task { __typename id title }`)
    const spreads = range(30, (n) => `...f${n}`).join(' ')
    const document = `{ tasks { nodes { __typename id ${spreads} } } } ${fragments.join(' ')}`
    expect((await ada.query(document)).body.errors).toBeUndefined()
  })

  it('with unknown extensions and variables', async ({ app, ada }) => {
    const { body } = await readAnswer(
      await app.request('/graphql', {
        method: 'POST',
        headers: { ...jsonHeaders, Authorization: `Bearer ${ada.token}` },
        body: JSON.stringify({
          query: '{ viewer { id } }',
          variables: { unknown: range(100, (n) => ({ n })) },
          extensions: { client: { name: 'a', version: '1', tags: range(100, String) } },
        }),
      }),
    )
    expect(body.errors).toBeUndefined()
  })
})
