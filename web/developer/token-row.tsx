import { Button } from '../ui/button.tsx'
import { Day } from '../ui/day.tsx'
import { LimitLine } from '../ui/limit-line.tsx'
import { useFocusHandover } from '../ui/use-focus-handover.ts'
import type { AccessToken } from './access-tokens.ts'
import styles from './token-list.module.css'

type TokenRowProps = { token: AccessToken; onRevoke: () => void }

export function TokenRow({ token, onRevoke }: TokenRowProps) {
  const row = useFocusHandover<HTMLLIElement>()
  const { name, start, scopes, createdAt, expiresAt, lastUsedAt } = token
  const { pausedAt, actorId } = token
  return (
    <li ref={row} className={styles.row}>
      <p className={styles.name} dir="auto">
        {name}
      </p>
      <p className={styles.start}>
        <span className="visually-hidden">begins with </span>
        {start}…
      </p>
      <p className={styles.scopes}>{scopes.join(', ') || 'no scope'}</p>
      <LimitLine scopes={scopes} limits={token} pausedAt={pausedAt} actorId={actorId} />
      <p className={styles.times}>
        <span>
          made <Day at={createdAt} />
        </span>
        <span>
          {expiresAt === null ? 'never expires' : isPast(expiresAt) ? 'expired ' : 'expires '}
          {expiresAt !== null && <Day at={expiresAt} />}
        </span>
        <span>
          {lastUsedAt === null ? 'never used' : 'last used '}
          {lastUsedAt !== null && <Day at={lastUsedAt} />}
        </span>
      </p>
      <Button look="danger" aria-label={`Revoke ${name}`} onClick={onRevoke}>
        Revoke
      </Button>
    </li>
  )
}

function isPast(instant: string): boolean {
  return Date.parse(instant) <= Date.now()
}
