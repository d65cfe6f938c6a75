import { type ComponentType, type ReactNode, Suspense, useState } from 'react'
import { IconButton } from '../ui/button.tsx'
import { lazyAhead } from '../ui/lazy-ahead.ts'
import { useOnline } from '../ui/use-online.ts'
import { useShortcut } from '../ui/use-shortcut.ts'
import { Wordmark } from '../ui/wordmark.tsx'
import styles from './page-frame.module.css'
import { Side } from './side.tsx'

const Drawer = lazyAhead(async () => (await import('./drawer.tsx')).Drawer)

type PageFrameProps = {
  /** Links to views and labels, for the sidebar. */
  rail: ReactNode
  /** Lists the keyboard shortcuts. */
  help: ComponentType<{ onClose: () => void }>
  children: ReactNode
}

/** The sidebar, or the bar with its drawer, and the main column of a page for a signed-in account. */
export function PageFrame({ rail, help: Help, children }: PageFrameProps) {
  const online = useOnline()
  const [over, setOver] = useState<'nothing' | 'drawer' | 'help'>('nothing')
  useShortcut('?', () => setOver('help'))
  const close = () => setOver('nothing')
  const side = { rail, onHelp: () => setOver('help') }

  return (
    <div className={styles.page}>
      {/* A landmark, because the banner of paused programs may come before it. */}
      <nav aria-label="Skip" className={styles.skips}>
        <a href="#page" className={styles.skip}>
          Skip to the content
        </a>
      </nav>
      <header className={styles.bar}>
        <IconButton icon="menu" label="Views and labels" onClick={() => setOver('drawer')} />
        <Wordmark />
      </header>
      <aside className={styles.rail} aria-label="Sidebar">
        <Side {...side} />
      </aside>
      <main id="page" tabIndex={-1} className={styles.main}>
        {!online && (
          <p role="status" className={styles.offline}>
            You are offline. This page may be out of date, and changes cannot be saved.
          </p>
        )}
        <Suspense>{children}</Suspense>
      </main>
      <Suspense>
        {over === 'help' && <Help onClose={close} />}
        {over === 'drawer' && <Drawer onClose={close} {...side} />}
      </Suspense>
    </div>
  )
}
