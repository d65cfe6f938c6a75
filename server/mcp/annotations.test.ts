import { expect, it } from 'vitest'
import { schema } from '#schema/index.ts'
import { createTools } from './tools.ts'

const reads = { readOnlyHint: true, destructiveHint: false, idempotentHint: true }
const adds = { readOnlyHint: false, destructiveHint: false, idempotentHint: false }
const setsState = { readOnlyHint: false, destructiveHint: false, idempotentHint: true }
const destroys = { readOnlyHint: false, destructiveHint: true, idempotentHint: true }

/** By the root field. A tool for another field fails the test until its effect is stated here. */
const effects: Record<string, object> = {
  tasks: reads,
  task: reads,
  labels: reads,
  trash: reads,
  taskChanges: reads,
  createTask: adds,
  completeTask: setsState,
  reopenTask: setsState,
  restoreTask: setsState,
  updateTask: destroys,
  deleteTask: destroys,
}

it.each([...createTools(schema).values()])(
  'the annotations of $name say what it does',
  ({ name, document, annotations }) => {
    const [, rootField = ''] = /\{\s*(\w+)/.exec(document) ?? []
    const effect = effects[rootField]
    if (!effect) throw new Error(`State in effects what ${rootField} does, for the tool ${name}.`)
    expect(annotations).toEqual({ ...effect, openWorldHint: false })
  },
)
