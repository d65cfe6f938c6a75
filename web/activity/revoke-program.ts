import { type Answer, askAuth } from '../session/ask-auth.ts'
import type { AuthRefusal } from '../session/session.ts'
import type { Actor } from './change.ts'

type Program = { id: string; actorId: string }

const routes = {
  ACCESS_TOKEN: { list: '/access-token/list', revoke: '/access-token/revoke' },
  APP: { list: '/connected-app/list', revoke: '/connected-app/disconnect' },
}

/** Revokes the access token, or disconnects the app. Undefined: it is done, or was done before. */
export async function revokeProgram({
  id,
  kind,
}: Pick<Actor, 'id' | 'kind'>): Promise<AuthRefusal | undefined> {
  if (kind === 'PERSON') return undefined
  const { list, revoke } = routes[kind]
  const programs: Answer<Program[]> = await askAuth(list)
  if ('refusal' in programs) return programs.refusal
  const program = programs.value.find(({ actorId }) => actorId === id)
  if (!program) return undefined
  const answer = await askAuth<object>(revoke, { id: program.id })
  return 'refusal' in answer ? answer.refusal : undefined
}
