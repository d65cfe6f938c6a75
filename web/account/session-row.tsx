import { useId } from 'react'
import { Button } from '../ui/button.tsx'
import { Day } from '../ui/day.tsx'
import { useFocusHandover } from '../ui/use-focus-handover.ts'
import { describeDevice } from './device-words.ts'
import type { OwnSession } from './sessions.ts'
import styles from './settings.module.css'

type SessionRowProps = { session: OwnSession; onEnd: () => void }

export function SessionRow({ session, onEnd }: SessionRowProps) {
  const row = useFocusHandover<HTMLLIElement>()
  const id = useId()
  const { userAgent, isCurrent, createdAt, lastSeenAt } = session
  const device = describeDevice(userAgent)
  return (
    <li ref={row} className={styles.row}>
      <div>
        <p title={userAgent ?? undefined}>
          <bdi>{device}</bdi>
          {isCurrent && <span className={styles.now}>This browser</span>}
        </p>
        <p id={id} className={styles.soft}>
          signed in <Day at={createdAt} /> · last seen <Day at={lastSeenAt} />
        </p>
      </div>
      {!isCurrent && (
        <Button look="danger" aria-label={`End ${device}`} aria-describedby={id} onClick={onEnd}>
          End
        </Button>
      )}
    </li>
  )
}
