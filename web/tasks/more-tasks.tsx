import { useEffect, useEffectEvent, useRef } from 'react'
import { Button } from '../ui/button.tsx'
import styles from './task-list.module.css'

type MoreTasksProps = { state: 'ready' | 'loading' | 'failed'; onLoad: () => void }

/** The way to the next page: taken by itself as the end comes near, and by hand where that fails. */
export function MoreTasks({ state, onLoad }: MoreTasksProps) {
  const end = useRef<HTMLDivElement>(null)
  const onNear = useEffectEvent(() => {
    if (state === 'ready') onLoad()
  })
  useEffect(() => {
    if (!end.current) return
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) onNear()
      },
      { rootMargin: '800px' },
    )
    observer.observe(end.current)
    return () => observer.disconnect()
  }, [])
  return (
    <div ref={end} className={styles.more}>
      {state === 'failed' && <p role="alert">The next tasks could not be loaded.</p>}
      <Button onClick={onLoad} aria-busy={state === 'loading'}>
        {state === 'loading' ? 'Loading…' : state === 'failed' ? 'Try again' : 'Load more'}
      </Button>
    </div>
  )
}
