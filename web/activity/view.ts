import { useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { addDays } from '../ui/date-words.ts'

/** The periods to choose from. `days`: before today; undefined: all that is kept. */
export const periods = {
  all: { name: 'Any time', days: undefined },
  today: { name: 'Today', days: 0 },
  week: { name: 'Last 7 days', days: 6 },
  month: { name: 'Last 30 days', days: 29 },
} as const

export type Period = keyof typeof periods

/** What the page shows; it is in the URL. Empty strings select everything. */
export type ActivityView = { actor: string; task: string; period: Period }

const isPeriod = (name: string | null): name is Period => name !== null && name in periods

export function useActivityView(): [ActivityView, (change: Partial<ActivityView>) => void] {
  const [params, setParams] = useSearchParams()
  const view = useMemo(() => {
    const period = params.get('time')
    return {
      actor: params.get('actor') ?? '',
      task: params.get('task') ?? '',
      period: isPeriod(period) ? period : 'all',
    }
  }, [params])
  function change(changes: Partial<ActivityView>) {
    setParams(writeView({ ...view, ...changes }))
  }
  return [view, change]
}

function writeView({ actor, task, period }: ActivityView): URLSearchParams {
  const params = new URLSearchParams()
  if (actor) params.set('actor', actor)
  if (task) params.set('task', task)
  if (period !== 'all') params.set('time', period)
  return params
}

/** The path of the history of one task. */
export function taskPath(task: string): string {
  return `/activity?${writeView({ actor: '', task, period: 'all' })}`
}

/** The first moment of a period, of RFC 3339. Undefined: no limit. */
export function startOf(period: Period, today: string): string | undefined {
  const { days } = periods[period]
  if (days === undefined) return undefined
  // Without a zone the text means local time.
  return new Date(`${addDays(today, -days)}T00:00:00`).toISOString()
}
