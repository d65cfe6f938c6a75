import { listPausedActors, type PausedActor as Paused, resumeActor } from '#db/actor-brakes.ts'
import type { Actor as ActorRow } from '#db/actors.ts'
import { onlyPerson } from '../access.ts'
import { parseActorId } from '../actor-ids.ts'
import { builder } from '../builder.ts'
import { authorOf } from '../context.ts'
import { notFound } from '../errors.ts'
import { Actor } from './actor.ts'
import { mutationCost } from './mutations.ts'

const PauseReason = builder.enumType('PauseReason', {
  description: 'Why a program is paused.',
  values: {
    DELETIONS: { description: 'It would have moved too many tasks to the trash within an hour.' },
    CHANGES: { description: 'It would have made too many changes within an hour.' },
  } as const,
})

const PausedActor = builder.objectRef<Paused>('PausedActor').implement({
  description:
    'A program that only reads, because it has exceeded a limit, until you decide: resumeActor lets it go on, undoChanges takes back what it did, and the pages of tokens and apps revoke it.',
  fields: (t) => ({
    actor: t.expose('actor', { type: Actor, description: 'The access token or the app.' }),
    pausedAt: t.expose('pausedAt', { type: 'DateTime', description: 'Since when it is paused.' }),
    reason: t.expose('reason', { type: PauseReason, description: 'Which limit it has exceeded.' }),
    maxDeletions: t.exposeInt('maxDeletions', {
      description: 'How many tasks it may move to the trash within an hour.',
    }),
    maxChanges: t.exposeInt('maxChanges', {
      description: 'How many changes of all kinds it may make within an hour.',
    }),
  }),
})

builder.queryField('pausedActors', (t) =>
  t.withAuth(onlyPerson).field({
    type: [PausedActor],
    complexity: { field: 1, multiplier: 10 },
    description: 'Your programs that are paused, the last paused one first.',
    resolve: (_root, _args, { db, viewer }) => listPausedActors(db, viewer.id),
  }),
)

const ResumeActorInput = builder.inputType('ResumeActorInput', {
  description: 'The program to let go on.',
  fields: (t) => ({
    actorId: t.id({ required: true, description: 'The `Actor.id` of a paused program.' }),
  }),
})

const ResumeActorPayload = builder
  .objectRef<{ actor: Required<ActorRow> }>('ResumeActorPayload')
  .implement({
    description: 'The result of resumeActor.',
    fields: (t) => ({
      actor: t.expose('actor', { type: Actor, description: 'The program.' }),
    }),
  })

builder.mutationField('resumeActor', (t) =>
  t.withAuth(onlyPerson).field({
    type: ResumeActorPayload,
    complexity: mutationCost,
    description:
      'Lets a paused program write again. Its changes are counted from now on, with the same limits.',
    args: {
      input: t.arg({ type: ResumeActorInput, required: true, description: 'The program.' }),
    },
    resolve: async (_root, { input }, { db, viewer }) => {
      const key = parseActorId(input.actorId)
      const actor = key && (await resumeActor(db, authorOf(viewer), key))
      if (!actor) throw notFound('You have no paused program with this id.')
      return { actor }
    },
  }),
)
