import { getOperationAST, type OperationDefinitionNode, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from './index.ts'
import { findVariableFaults } from './variables.ts'

const document = parse(
  'mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } } }',
)

function faultsOf(input: unknown) {
  const operation = getOperationAST(document) as OperationDefinitionNode
  return findVariableFaults(schema, operation, { input })
}

describe('findVariableFaults', () => {
  it('accepts valid values', () => {
    expect(faultsOf({ title: 'a', labels: ['b'], dueOn: '2026-11-27' })).toEqual([])
  })

  it('names the invalid field and the value', () => {
    const [fault, ...more] = faultsOf({ title: 'a', labels: ['b', 7] })
    expect(more).toEqual([])
    expect(fault?.message).toBe(
      'Variable "$input" got invalid value 7 at "input.labels[1]"; String cannot represent a non string value: 7',
    )
    expect(fault?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'labels' })
  })

  it.each([
    ['unknown', { title: 'a', colour: 'red' }, 'colour'],
    ['missing', { description: 'a' }, 'title'],
  ])('names a field that is %s', (_what, input, field) => {
    expect(faultsOf(input).map(({ extensions }) => extensions.field)).toEqual([field])
  })

  it('stops after ten errors', () => {
    const labels = Array.from({ length: 1_000 }, (_, n) => n)
    expect(faultsOf({ title: 'a', labels })).toHaveLength(10)
  })

  it('shortens a long value, and still names the field', () => {
    const [fault] = faultsOf({ title: ['a'.repeat(50_000)] })
    expect(fault?.message.length).toBeLessThan(700)
    expect(fault?.extensions.field).toBe('title')
  })
})
