import { CombinedError } from '@urql/core'
import { GraphQLError } from 'graphql'
import { describe, expect, it } from 'vitest'
import { refusalOf } from './refusal.ts'

const badInput = (message: string, field: string) =>
  new CombinedError({
    graphQLErrors: [new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', field } })],
  })

describe('refusalOf', () => {
  it('says what is wrong with a field', () => {
    const error = badInput('title must have 1 to 255 characters, got 300.', 'title')
    expect(refusalOf(error).message).toBe('Title must have 1 to 255 characters, got 300.')
  })

  it('never shows the words of GraphQL itself', () => {
    const words = 'Variable "$filter" got invalid value "2026-02-31" at "filter.dueOnOrAfter".'
    const { message } = refusalOf(badInput(words, 'dueOnOrAfter'))
    expect(message).toBe('The server did not accept this. Reload the page, then try again.')
  })
})
