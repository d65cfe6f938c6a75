import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { readView, type TaskView, writeView } from './view.ts'

type Change = (change: Partial<TaskView>, how?: { replace: boolean }) => void

/** The view in the URL, and a function that changes it. Each change is one history entry. */
export function useView(): [TaskView, Change] {
  const [params, setParams] = useSearchParams()
  const view = useMemo(() => readView(params), [params])
  const change = useCallback<Change>(
    (changes, how) => setParams((before) => writeView({ ...readView(before), ...changes }), how),
    [setParams],
  )
  return [view, change]
}
