import {
  createContext,
  type ReactNode,
  use,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
} from 'react'
import { useLocation, useNavigate, useSearchParams } from 'react-router'
import { createSignal } from '../ui/signal.ts'
import { useShortcut } from '../ui/use-shortcut.ts'
import { findFocusedTask, focusOpenTitle, focusTitle } from './task-element.ts'

/** What has the focus when the details open. */
type Focus = 'title' | 'details'

/** The task in the address (`?task=`). Rows subscribe: only two of them render when it changes. */
function createOpenTask() {
  const changed = createSignal()
  let id: string | undefined
  const rows = new Set<string>()
  let focus: Focus | undefined
  return {
    subscribe: changed.subscribe,
    get: () => id,
    set(next: string | undefined) {
      if (next === id) return
      id = next
      changed.emit()
    },
    /** The list has a row for this task, until the returned function is called. */
    addRow(task: string) {
      rows.add(task)
      if (task === id) changed.emit()
      return () => {
        rows.delete(task)
        if (task === id) changed.emit()
      }
    },
    hasRow: () => id !== undefined && rows.has(id),
    askFocus(next: Focus | undefined) {
      focus = next
    },
    /** Undefined: a link opens the task and leaves the focus where it is. */
    askedFocus: () => focus,
  }
}

type OpenTask = ReturnType<typeof createOpenTask> & {
  open: (id: string, focus: Focus) => void
  close: () => void
}

const Context = createContext<OpenTask | undefined>(undefined)

/** Opens and closes the details by the address, so that Back closes them and a link opens them. */
export function OpenTaskProvider({ children }: { children: ReactNode }) {
  const [params, setParams] = useSearchParams()
  const { state } = useLocation()
  const navigate = useNavigate()
  const id = params.get('task') ?? undefined
  const router = useRef({ id, setParams, navigate, state })
  const openTask = useMemo(() => {
    const store = createOpenTask()
    return {
      ...store,
      open(id: string, focus: Focus) {
        store.askFocus(focus)
        const { setParams, state, ...opened } = router.current
        if (opened.id === id) return focus === 'title' ? focusOpenTitle() : undefined
        const options = { replace: opened.id !== undefined, preventScrollReset: true }
        const isPushed = opened.id === undefined || state?.openedHere === true
        setParams(withTask(id), { ...options, state: { openedHere: isPushed } })
      },
      close() {
        const { setParams, navigate, state } = router.current
        if (state?.openedHere) navigate(-1)
        else setParams(withTask(undefined), { replace: true, preventScrollReset: true })
      },
    }
  }, [])
  useLayoutEffect(() => {
    router.current = { id, setParams, navigate, state }
    openTask.set(id)
  })
  useFocusReturn(id)
  useShortcut('e', () => {
    const focused = findFocusedTask()
    if (focused) openTask.open(focused, 'title')
  })
  return <Context value={openTask}>{children}</Context>
}

function withTask(id: string | undefined) {
  return (params: URLSearchParams) => {
    const changed = new URLSearchParams(params)
    if (id === undefined) changed.delete('task')
    else changed.set('task', id)
    return changed
  }
}

/** When the details close, the focus returns to the title of their row. */
function useFocusReturn(id: string | undefined) {
  const before = useRef(id)
  useEffect(() => {
    const closed = before.current
    before.current = id
    if (closed !== undefined && id === undefined) focusTitle(closed)
  }, [id])
}

export function useOpenTask(): OpenTask {
  const openTask = use(Context)
  if (!openTask) throw new Error('useOpenTask needs an OpenTaskProvider.')
  return openTask
}

/** For a row: whether the details of its task are open. */
export function useIsOpenTask(id: string): boolean {
  const { subscribe, get, addRow } = useOpenTask()
  useLayoutEffect(() => addRow(id), [addRow, id])
  return useSyncExternalStore(subscribe, () => get() === id)
}
