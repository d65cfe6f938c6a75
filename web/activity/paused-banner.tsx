import { Suspense, useEffect, useEffectEvent } from 'react'
import { useQuery } from 'urql'
import { useChangeSignal } from '../api/change-signal.ts'
import { graphql } from '../gql/gql.ts'
import { announce } from '../ui/announcer.tsx'
import { lazyAhead } from '../ui/lazy-ahead.ts'
import { useLastKnown } from '../ui/use-last-known.ts'
import styles from './paused-banner.module.css'

const PausedProgram = lazyAhead(async () => (await import('./paused-program.tsx')).PausedProgram)

/** Wait after the last change of a task: a pause follows the changes that have exceeded a limit. */
const settleMs = 1_000

/** A request that alone exceeds a limit changes nothing, so no change of a task shows its pause. */
const askEveryMs = 30_000

export const PausedProgramsQuery = graphql(`
  query PausedPrograms {
    pausedActors {
      ...PausedProgram
      actor {
        id
        name
      }
    }
  }
`)

/** Says on every page which programs are paused, and lets the person decide. */
export function PausedBanner() {
  const [{ data }, refetch] = useQuery({
    query: PausedProgramsQuery,
    requestPolicy: 'cache-and-network',
  })
  const ask = () => refetch({ requestPolicy: 'network-only' })
  useWhenItMayHaveChanged(ask)
  // A failed refetch must keep what is shown.
  const paused = useLastKnown(data?.pausedActors) ?? []
  const names = paused.map(({ actor }) => actor.name).join(', ')
  useEffect(() => {
    if (names) announce(`Paused: ${names}.`)
  }, [names])
  if (paused.length === 0) return null
  return (
    <aside aria-label="Paused programs" className={styles.banner}>
      <Suspense>
        <ul>
          {paused.map((program) => (
            <PausedProgram key={program.actor.id} program={program} onDecided={ask} />
          ))}
        </ul>
      </Suspense>
    </aside>
  )
}

function useWhenItMayHaveChanged(act: () => void): void {
  const changed = useChangeSignal()
  const ask = useEffectEvent(act)
  useEffect(() => {
    let settling: ReturnType<typeof setTimeout> | undefined
    const unsubscribe = changed.subscribe(() => {
      clearTimeout(settling)
      settling = setTimeout(ask, settleMs)
    })
    const askWhenVisible = () => {
      if (document.visibilityState === 'visible') ask()
    }
    const asking = setInterval(askWhenVisible, askEveryMs)
    document.addEventListener('visibilitychange', askWhenVisible)
    return () => {
      unsubscribe()
      clearTimeout(settling)
      clearInterval(asking)
      document.removeEventListener('visibilitychange', askWhenVisible)
    }
  }, [changed])
}
