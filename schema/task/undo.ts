import { z } from 'zod'
import { maxUndone, type UndoOutcome, type UndoRequest, undoChanges } from '#db/undo.ts'
import { onlyPerson } from '../access.ts'
import { parseActorId } from '../actor-ids.ts'
import { builder } from '../builder.ts'
import { authorOf } from '../context.ts'
import { badUserInput, notFound } from '../errors.ts'
import { list, optional, parseInput } from '../validation.ts'
import { parseChangeId, TaskChange } from './change.ts'
import { mutationCost } from './mutations.ts'

const UndoChangesInput = builder.inputType('UndoChangesInput', {
  description:
    'The changes to take back: at least one of changeIds and actorId. All given conditions hold together.',
  fields: (t) => ({
    changeIds: t.idList({ description: 'The ids of changes, at most 1,000.' }),
    actorId: t.id({
      description:
        'The `Actor.id` of the program or person whose changes to take back. Changes that are undone already are left out.',
    }),
    occurredAtOrAfter: t.field({
      type: 'DateTime',
      description: 'Only changes at this time or later.',
    }),
    occurredAtOrBefore: t.field({
      type: 'DateTime',
      description: 'Only changes at this time or earlier.',
    }),
  }),
})

const UndoConflictReason = builder.enumType('UndoConflictReason', {
  description: 'Why a change was not taken back.',
  values: {
    CHANGED_SINCE: { description: 'What it changed has been changed again since.' },
    PURGED: { description: 'The task is deleted permanently.' },
    ALREADY_UNDONE: { description: 'It is undone already.' },
  } as const,
})

const UndoConflict = builder.objectRef<UndoOutcome['conflicts'][number]>('UndoConflict').implement({
  description: 'A change that was not taken back.',
  fields: (t) => ({
    change: t.expose('change', { type: TaskChange, description: 'The change.' }),
    reason: t.expose('reason', {
      type: UndoConflictReason,
      description: 'Why it was not taken back.',
    }),
  }),
})

const UndoChangesPayload = builder.objectRef<UndoOutcome>('UndoChangesPayload').implement({
  description: 'The result of undoChanges.',
  fields: (t) => ({
    changes: t.expose('changes', {
      type: [TaskChange],
      description:
        'The new changes. Each takes one change back, which its `undoes` names: the newest first.',
    }),
    conflicts: t.expose('conflicts', {
      type: [UndoConflict],
      description: 'The changes that were not taken back, the newest first.',
    }),
    hasMore: t.exposeBoolean('hasMore', {
      description:
        'Whether more changes match than one call takes back. Then call again; if `changes` was empty, with an occurredAtOrBefore before the last of `conflicts`.',
    }),
  }),
})

const undoInput = z.object({
  changeIds: optional(list(z.string(), maxUndone)),
  actorId: optional(z.string()),
  occurredAtOrAfter: optional(z.date()),
  occurredAtOrBefore: optional(z.date()),
})

builder.mutationField('undoChanges', (t) =>
  t.withAuth(onlyPerson).field({
    type: UndoChangesPayload,
    complexity: mutationCost,
    description:
      'Takes changes back, the newest first, at most 1,000 in a call. Each that is taken back is a change itself. A change is taken back only if what it changed has not been changed again since, except by changes that this call takes back as well; the others are in `conflicts`. A created task moves to the trash. An unknown change or actor is NOT_FOUND, and nothing is changed.',
    args: {
      input: t.arg({ type: UndoChangesInput, required: true, description: 'The changes.' }),
    },
    resolve: async (_root, { input }, { db, viewer }) => {
      const outcome = await undoChanges(db, authorOf(viewer), parseRequest(input))
      if (!outcome) throw unknown()
      return outcome
    },
  }),
)

function parseRequest(input: typeof UndoChangesInput.$inferInput): UndoRequest {
  const { changeIds, actorId, ...times } = parseInput(undoInput, input)
  if (changeIds === undefined && actorId === undefined)
    throw badUserInput('Give changeIds, or actorId, or both.', 'changeIds')
  return {
    positions: changeIds?.map((id) => parseChangeId(id) ?? fail()),
    actor: actorId === undefined ? undefined : (parseActorId(actorId) ?? fail()),
    occurredAtOrAfter: times.occurredAtOrAfter?.toISOString(),
    occurredAtOrBefore: times.occurredAtOrBefore?.toISOString(),
  }
}

function fail(): never {
  throw unknown()
}

const unknown = () => notFound('You have no change with one of these ids, or none by this actor.')
