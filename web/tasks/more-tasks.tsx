import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { Button } from '../ui/button.tsx'
import styles from './task-list.module.css'

const words = { ready: 'Load more', loading: 'Loading…', failed: 'Try again' }

/** How far below the screen the end of the list may be when the next page is asked for. */
const rootMargin = '800px'

/** The way to the next page: taken by itself as the end comes near, and by hand where that fails. */
export function MoreTasks({ onLoad }: { onLoad: () => Promise<boolean> }) {
  const end = useRef<HTMLDivElement>(null)
  const [state, setState] = useState<keyof typeof words>('ready')

  async function load() {
    if (state === 'loading') return
    setState('loading')
    setState((await onLoad()) ? 'ready' : 'failed')
  }

  const onNear = useEffectEvent(() => state === 'ready' && load())
  useEffect(() => {
    if (!end.current) return
    const observer = new IntersectionObserver(
      // Several changes may arrive at once when the screen moves fast.
      (changes) => changes.some(({ isIntersecting }) => isIntersecting) && onNear(),
      { rootMargin },
    )
    observer.observe(end.current)
    return () => observer.disconnect()
  }, [])

  return (
    <div ref={end} className={styles.more}>
      {state === 'failed' && <p role="alert">The next tasks could not be loaded.</p>}
      <Button onClick={load} aria-busy={state === 'loading'}>
        {words[state]}
      </Button>
    </div>
  )
}
