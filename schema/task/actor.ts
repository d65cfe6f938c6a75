import type { Actor as ActorOfChange } from '#db/actors.ts'
import { actorIdOf, actorTypename } from '../actor-ids.ts'
import { builder } from '../builder.ts'

const ActorKind = builder.enumType('ActorKind', {
  description: 'What kind of actor makes changes.',
  values: {
    PERSON: { description: 'You, on the pages of Taskward.' },
    ACCESS_TOKEN: { description: 'A program with an access token that you made.' },
    APP: { description: 'An app that you allowed, or Taskward itself.' },
  } as const,
})

export const Actor = builder.objectRef<Required<ActorOfChange>>(actorTypename).implement({
  description: 'Who made a change, by the name they had then.',
  fields: (t) => ({
    id: t.id({
      description: 'Opaque. The same in all changes of this person, access token or app.',
      resolve: actorIdOf,
    }),
    kind: t.expose('kind', { type: ActorKind, description: 'What kind of actor it is.' }),
    name: t.exposeString('name', { description: 'The name at the time of the change.' }),
  }),
})
