import { encodeGlobalID } from '@pothos/plugin-relay'
import type { Actor } from '#db/actors.ts'
import { parseGlobalId } from './global-id.ts'

export const actorTypename = 'Actor'

/** What identifies an actor. */
export type ActorKey = Pick<Actor, 'kind' | 'id'>

/** `Actor.id`. */
export function actorIdOf({ kind, id }: ActorKey): string {
  return encodeGlobalID(actorTypename, `${kind}:${id}`)
}

/** The inverse of Actor.id. Undefined: it cannot be the id of an actor. */
export function parseActorId(globalId: string): ActorKey | undefined {
  const [, kind, id] =
    /^(PERSON|ACCESS_TOKEN|APP):(.+)$/s.exec(parseGlobalId(actorTypename, globalId) ?? '') ?? []
  return id === undefined ? undefined : { kind: kind as Actor['kind'], id }
}
