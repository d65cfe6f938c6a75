import type { Client, CombinedError } from 'urql'
import { type Refusal, refusalOf } from '../api/refusal.ts'
import { readFragment } from '../gql/fragment-masking.ts'
import { graphql } from '../gql/gql.ts'
import type { UndoChangesInput, UndoConflictReason } from '../gql/graphql.ts'
import { type Change, RecordedChangeFragment } from './change.ts'

/** The limit of the API for one call. */
const maxUndone = 1_000

const UndoChangesMutation = graphql(`
  mutation UndoChanges($input: UndoChangesInput!) {
    undoChanges(input: $input) {
      changes {
        id
        undoes
      }
      conflicts {
        reason
        change {
          ...RecordedChange
        }
      }
      hasMore
    }
  }
`)

export type Conflict = { change: Change; reason: UndoConflictReason }

/** What an undo did. `refusal`: the API refused the rest; what it did before stays. */
export type UndoOutcome = { undone: Undo[]; conflicts: Conflict[]; refusal?: Refusal }

/** The id of a change that undoes another one. */
export type Undo = { id: string; undoes: string | null }

/** Undoes these changes, the newest first. */
export async function undoEach(client: Client, changes: readonly Change[]): Promise<UndoOutcome> {
  const outcome: UndoOutcome = { undone: [], conflicts: [] }
  const ids = changes.map(({ id }) => id)
  for (let start = 0; start < ids.length && !outcome.refusal; start += maxUndone)
    await undo(client, { changeIds: ids.slice(start, start + maxUndone) }, outcome)
  return outcome
}

export type Since = { actorId: string; occurredAtOrAfter?: string | undefined }

/** Undoes everything that an actor did since a moment, the newest first. */
export async function undoSince(client: Client, since: Since): Promise<UndoOutcome> {
  const outcome: UndoOutcome = { undone: [], conflicts: [] }
  let undone: number
  let isDone: boolean
  let input: UndoChangesInput = since
  do {
    undone = outcome.undone.length
    isDone = !(await undo(client, input, outcome))
    // A call that only met conflicts: the next one begins before the oldest of them.
    const oldest = outcome.conflicts.at(-1)?.change.occurredAt
    if (undone === outcome.undone.length && oldest)
      input = { ...since, occurredAtOrBefore: before(oldest) }
  } while (!isDone)
  return outcome
}

const before = (time: string) => new Date(Date.parse(time) - 1).toISOString()

/** True: more changes match than one call undoes. */
async function undo(client: Client, input: UndoChangesInput, outcome: UndoOutcome) {
  const { data, error } = await client.mutation(UndoChangesMutation, { input }).toPromise()
  if (!data) {
    outcome.refusal = refusalOf(error as CombinedError)
    return false
  }
  const { changes, conflicts, hasMore } = data.undoChanges
  outcome.undone.push(...changes)
  for (const { change: masked, reason } of conflicts) {
    const change = readFragment(RecordedChangeFragment, masked)
    // A call may meet the conflicts of the one before again.
    if (!outcome.conflicts.some((one) => one.change.id === change.id))
      outcome.conflicts.push({ reason, change })
  }
  return hasMore && changes.length + conflicts.length > 0
}
