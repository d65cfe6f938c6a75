import { readFileSync } from 'node:fs'
import { buildSchema, parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { curlCommand, firstQuery } from './curl.ts'

const schema = buildSchema(readFileSync('schema/schema.graphql', 'utf8'))

describe('the first query', () => {
  it.each([
    [[], '{ viewer { scopes } }'],
    [['email'], '{ viewer { email scopes } }'],
    [
      ['tasks:read'],
      '{ viewer { scopes } tasks(first: 5) { totalCount nodes { title completed } } }',
    ],
    [
      ['tasks:write'],
      '{ viewer { scopes } tasks(first: 5) { totalCount nodes { title completed } } }',
    ],
  ])('uses the fields that the scopes %j allow', (scopes, query) => {
    expect(firstQuery(scopes)).toBe(query)
    expect(validate(schema, parse(query))).toEqual([])
  })
})

describe('the curl command', () => {
  it('is complete', () => {
    const command = curlCommand({
      origin: 'https://tasks.example',
      token: 'taskward_x',
      scopes: [],
    })
    expect(command).toBe(
      `curl https://tasks.example/graphql \\
  -H 'Authorization: Bearer taskward_x' \\
  -H 'Content-Type: application/json' \\
  -d '{"query":"{ viewer { scopes } }"}'`,
    )
  })
})
