import { encodeGlobalID } from '@pothos/plugin-relay'
import type { Actor as ActorOfChange } from '#db/actors.ts'
import { builder } from '../builder.ts'
import { parseGlobalId } from '../node.ts'

const ActorKind = builder.enumType('ActorKind', {
  description: 'What kind of actor makes changes.',
  values: {
    PERSON: { description: 'You, on the pages of Taskward.' },
    ACCESS_TOKEN: { description: 'A program with an access token that you made.' },
    APP: { description: 'An app that you allowed, or Taskward itself.' },
  } as const,
})

const typename = 'Actor'

export const Actor = builder.objectRef<Required<ActorOfChange>>(typename).implement({
  description: 'Who made a change, by the name they had then.',
  fields: (t) => ({
    id: t.id({
      description: 'Opaque. The same in all changes of this person, access token or app.',
      resolve: ({ kind, id }) => encodeGlobalID(typename, `${kind}:${id}`),
    }),
    kind: t.expose('kind', { type: ActorKind, description: 'What kind of actor it is.' }),
    name: t.exposeString('name', { description: 'The name at the time of the change.' }),
  }),
})

/** The inverse of Actor.id. Undefined: it cannot be the id of an actor. */
export function parseActorId(globalId: string): Pick<ActorOfChange, 'kind' | 'id'> | undefined {
  const [, kind, id] =
    /^(PERSON|ACCESS_TOKEN|APP):(.+)$/s.exec(parseGlobalId(typename, globalId) ?? '') ?? []
  return id === undefined ? undefined : { kind: kind as ActorOfChange['kind'], id }
}
