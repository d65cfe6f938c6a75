import { use, useState } from 'react'
import { announce } from '../ui/announcer.tsx'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { Notice } from '../ui/notice.tsx'
import { describeDevice } from './device-words.ts'
import { SessionRow } from './session-row.tsx'
import { endOtherSessions, endSession, type listSessions, type OwnSession } from './sessions.ts'
import styles from './settings.module.css'

/** Sessions that are shown at first. Scripts that sign in may have made hundreds. */
const maxShown = 10

type SessionListProps = { listing: ReturnType<typeof listSessions>; onChange: () => void }

/** Suspends until the list is loaded. */
export function SessionList({ listing, onChange }: SessionListProps) {
  const answer = use(listing)
  const [asked, setAsked] = useState<OwnSession | 'others'>()
  const [showsAll, setShowsAll] = useState(false)
  if ('refusal' in answer)
    return (
      <Notice title="Your sessions cannot be shown" onRetry={onChange}>
        {answer.refusal.message}
      </Notice>
    )
  const sessions = [...answer.value].sort((a, b) => Number(b.isCurrent) - Number(a.isCurrent))
  const others = sessions.filter(({ isCurrent }) => !isCurrent).length
  const shown = showsAll ? sessions : sessions.slice(0, maxShown)
  return (
    <>
      <ul className={styles.list} aria-label="Sessions">
        {shown.map((session) => (
          <SessionRow key={session.id} session={session} onEnd={() => setAsked(session)} />
        ))}
      </ul>
      {(shown.length < sessions.length || others > 0) && (
        <div className={styles.actions}>
          {shown.length < sessions.length && (
            <Button onClick={() => setShowsAll(true)}>Show all {sessions.length}</Button>
          )}
          {others > 0 && (
            <Button look="danger" onClick={() => setAsked('others')}>
              End all other sessions
            </Button>
          )}
        </div>
      )}
      {asked && <EndDialog asked={asked} onClose={() => setAsked(undefined)} onEnded={onChange} />}
    </>
  )
}

type EndDialogProps = { asked: OwnSession | 'others'; onClose: () => void; onEnded: () => void }

function EndDialog({ asked, onClose, onEnded }: EndDialogProps) {
  const title =
    asked === 'others' ? 'End all other sessions?' : `End ${describeDevice(asked.userAgent)}?`

  async function end() {
    const answer = await (asked === 'others' ? endOtherSessions() : endSession(asked.id))
    if ('refusal' in answer) return answer.refusal
    announce(asked === 'others' ? 'All other sessions have ended' : 'The session has ended')
    onEnded()
    return undefined
  }

  return (
    <ConfirmDialog
      title={title}
      keep={asked === 'others' ? 'Keep them' : 'Keep it'}
      act="End"
      acting="Ending…"
      onAct={end}
      onClose={onClose}
    >
      To use Taskward there again, you must sign in. Access tokens and connected apps keep working.
    </ConfirmDialog>
  )
}
