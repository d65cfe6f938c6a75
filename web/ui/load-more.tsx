import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { Button } from './button.tsx'
import styles from './load-more.module.css'

/** The distance between the screen and the end of the list at which the next page is requested. */
const rootMargin = '800px'

type LoadMoreProps = {
  label: string
  /** What is shown when a page could not be loaded. */
  failure: string
  /** Also loads the next page when the end of the list is near. Default: only by the button. */
  isAutomatic?: boolean
  /** Whether the page was loaded. */
  onLoad: () => Promise<boolean>
}

/** Loads the next page of a list. */
export function LoadMore({ label, failure, isAutomatic = false, onLoad }: LoadMoreProps) {
  const end = useRef<HTMLDivElement>(null)
  const words = { ready: label, loading: 'Loading…', failed: 'Try again' }
  const [state, setState] = useState<keyof typeof words>('ready')

  async function load() {
    if (state === 'loading') return
    setState('loading')
    setState((await onLoad()) ? 'ready' : 'failed')
  }

  const onNear = useEffectEvent(() => state === 'ready' && load())
  useEffect(() => {
    if (!end.current || !isAutomatic) return
    const observer = new IntersectionObserver(
      // Several changes may arrive at once when the screen moves fast.
      (changes) => changes.some(({ isIntersecting }) => isIntersecting) && onNear(),
      { rootMargin },
    )
    observer.observe(end.current)
    return () => observer.disconnect()
  }, [isAutomatic])

  return (
    <div ref={end} className={styles.more}>
      {state === 'failed' && <p role="alert">{failure}</p>}
      <Button onClick={load} aria-busy={state === 'loading'}>
        {words[state]}
      </Button>
    </div>
  )
}
