import { use, useState } from 'react'
import { EmptyState } from '../ui/empty-state.tsx'
import { Notice } from '../ui/notice.tsx'
import { AppRow } from './app-row.tsx'
import styles from './apps-page.module.css'
import type { ConnectedApp, listConnectedApps } from './connected-apps.ts'
import { DisconnectDialog } from './disconnect-dialog.tsx'

type AppListProps = { listing: ReturnType<typeof listConnectedApps>; onChange: () => void }

/** Suspends until the list is loaded. */
export function AppList({ listing, onChange }: AppListProps) {
  const answer = use(listing)
  const [asked, setAsked] = useState<ConnectedApp>()
  if ('refusal' in answer)
    return (
      <Notice title="Your apps cannot be shown" onRetry={onChange}>
        {answer.refusal.message}
      </Notice>
    )
  if (answer.value.length === 0) return <NoApps />
  const close = () => setAsked(undefined)
  return (
    <>
      <ul className={styles.list} aria-label="Connected apps">
        {answer.value.map((connected) => (
          <AppRow
            key={connected.id}
            connected={connected}
            onDisconnect={() => setAsked(connected)}
          />
        ))}
      </ul>
      {asked && <DisconnectDialog connected={asked} onClose={close} onDisconnected={onChange} />}
    </>
  )
}

function NoApps() {
  return (
    <EmptyState icon="app" title="No apps yet">
      <p>
        An app appears here after you allow it to use your account. It can do only what you allowed,
        and you can disconnect it at any time.
      </p>
      <a href="/docs/mcp">Connect an assistant</a>
      <a href="/docs/oauth">Write an app</a>
    </EmptyState>
  )
}
