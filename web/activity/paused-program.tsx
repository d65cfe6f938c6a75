import { useState } from 'react'
import { Link } from 'react-router'
import { useClient } from 'urql'
import { refusalOf } from '../api/refusal.ts'
import { type FragmentType, readFragment } from '../gql/fragment-masking.ts'
import { graphql } from '../gql/gql.ts'
import { announce } from '../ui/announcer.tsx'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { clockTime } from '../ui/date-words.ts'
import { Icon } from '../ui/icon.tsx'
import { failureMs, toasts } from '../ui/toaster.tsx'
import styles from './paused-banner.module.css'
import { revokeProgram } from './revoke-program.ts'
import { undoSince } from './undo.ts'

/** The limits of a program are for an hour. */
const hourMs = 3_600_000

export const PausedProgramFragment = graphql(`
  fragment PausedProgram on PausedActor {
    actor {
      id
      kind
      name
    }
    pausedAt
    reason
    maxDeletions
    maxChanges
  }
`)

const ResumeActorMutation = graphql(`
  mutation ResumeActor($input: ResumeActorInput!) {
    resumeActor(input: $input) {
      actor {
        id
      }
    }
  }
`)

type PausedProgramProps = {
  program: FragmentType<typeof PausedProgramFragment>
  /** The program may no longer be paused. */
  onDecided: () => void
}

/** Says why a program is paused, with the three decisions. */
export function PausedProgram({ program, onDecided }: PausedProgramProps) {
  const paused = readFragment(PausedProgramFragment, program)
  const { actor, pausedAt, reason, maxDeletions, maxChanges } = paused
  const client = useClient()
  const [asked, setAsked] = useState<'nothing' | 'undo' | 'revoke'>('nothing')
  const close = () => setAsked('nothing')
  const since = new Date(Date.parse(pausedAt) - hourMs).toISOString()
  const revokeWords = actor.kind === 'APP' ? 'Disconnect' : 'Revoke'
  const wanted =
    reason === 'DELETIONS'
      ? `move more than ${maxDeletions.toLocaleString('en')} tasks to the trash`
      : `make more than ${maxChanges.toLocaleString('en')} changes`

  async function resume() {
    const input = { actorId: actor.id }
    const { error } = await client.mutation(ResumeActorMutation, { input })
    if (error && refusalOf(error).code !== 'NOT_FOUND') {
      const title = `${actor.name} is still paused.`
      toasts.add({ title, description: refusalOf(error).message, timeout: failureMs })
    } else announce(`${actor.name} can go on.`)
    onDecided()
  }

  async function undo() {
    const { undone, conflicts, refusal } = await undoSince(client, {
      actorId: actor.id,
      occurredAtOrAfter: since,
    })
    if (refusal) return refusal
    const title = undone.length === 1 ? '1 change is undone' : `${undone.length} changes are undone`
    const rest = conflicts.length > 0 ? `, ${conflicts.length} could not be` : ''
    const description = rest && 'The tasks were changed again later. Look at them under Activity.'
    toasts.add({ title: `${title}${rest}.`, description, timeout: failureMs })
    return undefined
  }

  async function revoke() {
    const refusal = await revokeProgram(actor)
    if (refusal) return refusal
    announce(`${actor.name} can no longer use your account.`)
    onDecided()
    return undefined
  }

  return (
    <li className={styles.program}>
      <Icon name="pause" />
      <p className={styles.words}>
        <strong>
          <bdi>{actor.name}</bdi>
        </strong>{' '}
        wanted to {wanted} within an hour and only reads now.{' '}
        <Link to={`/activity?actor=${encodeURIComponent(actor.id)}`}>See what it did</Link>
      </p>
      <div className={styles.buttons}>
        <Button onClick={resume}>Let it go on</Button>
        <Button onClick={() => setAsked('undo')}>Undo what it did</Button>
        <Button look="danger" onClick={() => setAsked('revoke')}>
          {revokeWords}
        </Button>
      </div>
      {asked === 'undo' && (
        <ConfirmDialog
          title={`Undo what ${actor.name} did?`}
          keep="Keep the changes"
          act="Undo what it did"
          acting="Undoing…"
          onAct={undo}
          onClose={close}
        >
          Its changes of the hour before it was paused, since {clockTime(since)}, are undone. It
          stays paused.
        </ConfirmDialog>
      )}
      {asked === 'revoke' && (
        <ConfirmDialog
          title={`${revokeWords} ${actor.name}?`}
          keep="Keep it"
          act={revokeWords}
          acting="One moment…"
          onAct={revoke}
          onClose={close}
        >
          It can no longer use your account. Its changes are kept; you can undo them under Activity.
        </ConfirmDialog>
      )}
    </li>
  )
}
