import type { Actor } from '#db/actors.ts'
import { cleanName } from '../limits/names.ts'
import { type ActorClaim, type Claims, clientOf } from './jwt.ts'

const unnamed = { ACCESS_TOKEN: 'An access token', APP: 'An app' } as const

/** The claim `actor` of a token of a program, with the name that the program has now. */
export function createActorClaim(
  kind: 'ACCESS_TOKEN' | 'APP',
  id: string,
  name: string | null | undefined,
): ActorClaim {
  return { kind, id, name: cleanName(name) ?? unnamed[kind] }
}

/** The claim `actor`. Without it: a first-party token, or one that the version before issued. */
export function actorClaimOf(claims: Claims): ActorClaim {
  const { actor, sub, sid, scope, grant_id } = claims
  if (actor) return actor
  if (grant_id !== undefined) return { kind: 'APP', id: clientOf(claims) ?? sub }
  return scope === undefined
    ? { kind: 'PERSON', id: sub }
    : { kind: 'ACCESS_TOKEN', id: sid ?? sub }
}

/** A person has no name here: no token tells it. */
export function actorOf(claims: Claims): Actor {
  const { kind, id, name } = actorClaimOf(claims)
  return kind === 'PERSON' ? { kind, id } : { kind, id, name: cleanName(name) ?? unnamed[kind] }
}
