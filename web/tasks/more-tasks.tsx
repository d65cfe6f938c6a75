import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { Button } from '../ui/button.tsx'
import styles from './task-list.module.css'

const words = { ready: 'Load more', loading: 'Loading…', failed: 'Try again' }

/** The distance between the screen and the end of the list at which the next page is requested. */
const rootMargin = '800px'

/** Loads the next page when the end of the list is near, or with a button after a failure. */
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
