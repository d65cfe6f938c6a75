import type { EventEmitter } from 'node:events'
import { type ActorPaused, actorPaused } from '#db/brake.ts'
import type { Mailer } from '../mail/mailer.ts'
import type { Auth } from './auth.ts'
import { writePauseNotice } from './mail-texts.ts'

type PauseMailOptions = {
  /** Writes the rows of tasks, and emits `actorPaused`. */
  rowPool: EventEmitter
  auth: Pick<Auth, '$context'>
  mailer: Mailer
  baseUrl: string
}

/**
 * Sends one message for each pause of a program. Only to a verified address: another person's mailbox
 * could be filled by an account that pauses and resumes a program.
 */
export function mailPauses({ rowPool, auth, mailer, baseUrl }: PauseMailOptions): void {
  rowPool.on(actorPaused, ({ ownerId, actor }: ActorPaused) =>
    mailer.send(async () => {
      const { internalAdapter } = await auth.$context
      const user = await internalAdapter.findUserById(ownerId)
      if (!user?.emailVerified) return undefined
      return writePauseNotice(user.email, actor.name ?? actor.id, baseUrl)
    }),
  )
}
