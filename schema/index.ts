import './viewer.ts'
import './node.ts'
import './task/queries.ts'
import './task/changes.ts'
import './task/mutations.ts'
import './task/trash.ts'
import './task/undo.ts'
import './task/brake.ts'
import './task/subscriptions.ts'
import './label/label.ts'
import './operation-access.ts'
import { printSchemaWithDirectives } from '@graphql-tools/utils'
import { specifiedDirectives } from 'graphql'
import { builder } from './builder.ts'
import { accessDirectives } from './directives.ts'

/** The whole schema. Building it throws if a root field has no access rule. */
export const schema = builder.toSchema({
  sortSchema: false, // keeps the order of definition
  directives: [...specifiedDirectives, ...accessDirectives],
})

/** The schema definition language with its applied directives, as committed in schema.graphql. */
export const sdl = `${printSchemaWithDirectives(schema)}\n`
