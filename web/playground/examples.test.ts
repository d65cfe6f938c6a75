import { readFileSync } from 'node:fs'
import { buildSchema, parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { examples } from './examples.ts'
import { firstDocument } from './first-document.ts'

const schema = buildSchema(readFileSync('schema/schema.graphql', 'utf8'))
const first = { title: 'the initial document', document: firstDocument }

describe('an example', () => {
  it.each([first, ...examples])('is a valid document: $title', ({ document }) => {
    expect(validate(schema, parse(document))).toEqual([])
  })
})
