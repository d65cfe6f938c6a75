import { startTransition, useCallback, useMemo, useOptimistic } from 'react'
import { useSearchParams } from 'react-router'
import { readView, type TaskView, writeView } from './view.ts'

type Change = (change: Partial<TaskView>, how?: { replace: boolean }) => void

/** The view in the URL, and a function that changes it. Each change is one history entry. */
export function useView(): [TaskView, Change] {
  const [params, setParams] = useSearchParams()
  const inAddress = useMemo(() => readView(params), [params])
  // The router renders the new address later, in a transition. An input must show the change at
  // once: React would reset it to the old address while the user types.
  const [view, show] = useOptimistic(inAddress)
  const change = useCallback<Change>(
    (changes, how) =>
      startTransition(() => {
        show((shown) => ({ ...shown, ...changes }))
        // Not the function form: it would begin with the old address.
        setParams(writeView({ ...view, ...changes }), how)
      }),
    [setParams, show, view],
  )
  return [view, change]
}
