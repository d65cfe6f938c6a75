import type { Client } from 'urql'
import { type Refusal, refusalOf } from '../api/refusal.ts'
import { readFragment } from '../gql/fragment-masking.ts'
import { graphql } from '../gql/gql.ts'
import { UpdateTaskMutation } from './mutations.ts'
import { mergeEdits, type TaskEdits, type TaskVersion } from './task-values.ts'
import { TaskVersionFragment } from './task-version.ts'

/** Other clients may change the task again between reading and writing. */
const maxTries = 5

const VersionOfTaskQuery = graphql(`
  query VersionOfTask($id: ID!) {
    task(id: $id) {
      ...TaskVersion
    }
  }
`)

/**
 * Saves edits of a task if the task is still what the person saw. If it is not, reads it again and
 * saves the fields that only the person changed. Decision 0086.
 * @returns why edits are not saved. CONFLICT: another client changed the same fields, and the cache
 * holds its values.
 */
export async function updateTask(
  client: Client,
  seen: TaskVersion,
  edits: TaskEdits,
): Promise<Refusal | undefined> {
  let version = seen
  for (let tries = 0; tries < maxTries; tries += 1) {
    const { changes, conflicts } = mergeEdits(edits, version)
    if (Object.keys(changes).length === 0) return conflictIn(conflicts)
    const input = { id: seen.id, ...changes, ifUpdatedAt: version.updatedAt }
    const { error } = await client.mutation(UpdateTaskMutation, { input })
    if (!error) return conflictIn(conflicts)
    const refusal = refusalOf(error)
    if (refusal.code !== 'CONFLICT') return refusal
    const answer = await readTaskVersion(client, seen.id)
    if ('refusal' in answer) return answer.refusal
    version = answer.version
  }
  return conflict
}

const conflict: Refusal = {
  code: 'CONFLICT',
  message: 'This was changed elsewhere meanwhile. Choose the version to keep.',
}

function conflictIn(fields: readonly string[]): Refusal | undefined {
  return fields.length > 0 ? { ...conflict, field: fields[0] } : undefined
}

/** Reads a task from the API, not from the cache. */
export async function readTaskVersion(
  client: Client,
  id: string,
): Promise<{ version: TaskVersion } | { refusal: Refusal }> {
  const { data, error } = await client.query(
    VersionOfTaskQuery,
    { id },
    { requestPolicy: 'network-only' },
  )
  if (error) return { refusal: refusalOf(error) }
  if (data?.task) return { version: readFragment(TaskVersionFragment, data.task) }
  return { refusal: { code: 'NOT_FOUND', message: 'This task was moved to the trash elsewhere.' } }
}
