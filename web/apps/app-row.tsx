import { appName, describeDestination } from '../ui/app-words.ts'
import { Button } from '../ui/button.tsx'
import { Day } from '../ui/day.tsx'
import { LimitLine } from '../ui/limit-line.tsx'
import { useFocusHandover } from '../ui/use-focus-handover.ts'
import styles from './apps-page.module.css'
import type { ConnectedApp } from './connected-apps.ts'

type AppRowProps = { connected: ConnectedApp; onDisconnect: () => void }

export function AppRow({ connected, onDisconnect }: AppRowProps) {
  const row = useFocusHandover<HTMLLIElement>()
  const { app, places, scopes, connectedAt, lastUsedAt, pausedAt, actorId } = connected
  return (
    <li ref={row} className={styles.row}>
      <p className={styles.name} dir="auto">
        {appName(app)}
      </p>
      {app.publisher !== null && <p className={styles.soft}>described at {app.publisher}</p>}
      <p className={styles.soft}>{describePlaces(places)}</p>
      <ul className={styles.meanings}>
        {scopes.map(({ scope, meaning }) => (
          <li key={scope}>{meaning}</li>
        ))}
      </ul>
      <LimitLine
        scopes={scopes.map(({ scope }) => scope)}
        limits={connected}
        pausedAt={pausedAt}
        actorId={actorId}
      />
      <p className={styles.soft}>
        connected <Day at={connectedAt} /> · last used <Day at={lastUsedAt} />
      </p>
      <Button look="danger" aria-label={`Disconnect ${appName(app)}`} onClick={onDisconnect}>
        Disconnect
      </Button>
    </li>
  )
}

function describePlaces(places: string[]): string {
  if (places.length === 0) return 'asks you again before it is connected the next time'
  return `allowed to send you to ${new Intl.ListFormat('en').format(places.map(describeDestination))}`
}
