import { randomUUID } from 'node:crypto'
import { type ExecutionResult, graphql } from 'graphql'
import type { Db } from '#db/client.ts'
import { schema } from './index.ts'
import { everyScope } from './scopes.ts'

/** A caller of the schema without HTTP. */
export type Caller = {
  id: string
  ask: (document: string, variables?: Record<string, unknown>) => Promise<Answer>
  /** The value of the only root field. @throws Error when there are errors. */
  get: <T>(document: string, variables?: Record<string, unknown>) => Promise<T>
  /** The extensions of the first error. Undefined: no error. */
  refusalOf: (document: string, variables?: Record<string, unknown>) => Promise<unknown>
}

type Answer = ExecutionResult<Record<string, unknown>>

/** A caller with a new id, without rows. */
export function asViewer(db: Db, scopes: readonly string[] = everyScope): Caller {
  const id = randomUUID()
  const viewer = { id, email: `${id}@example.com`, scopes, actor: { kind: 'PERSON', id, name: id } }
  const ask: Caller['ask'] = async (source, variableValues) => {
    const contextValue = { db, viewer, baseUrl: 'https://tasks.example.com' }
    return (await graphql({ schema, source, variableValues, contextValue })) as Answer
  }
  return {
    id,
    ask,
    get: async <T>(document: string, variables?: Record<string, unknown>) => {
      const { data, errors } = await ask(document, variables)
      if (errors?.[0]) throw errors[0]
      return Object.values(data ?? {})[0] as T
    },
    refusalOf: async (document, variables) => {
      const { errors } = await ask(document, variables)
      return errors?.[0]?.extensions
    },
  }
}
