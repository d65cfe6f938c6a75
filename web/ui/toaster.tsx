import { Toast } from '@base-ui/react/toast'
import { IconButton } from './button.tsx'
import styles from './toaster.module.css'

/** Adds toasts from anywhere: an action that can be undone, or a failure. */
export const toasts = Toast.createToastManager()

/** How long a toast offers undo. The timer pauses while the toast is hovered or focused. */
export const undoMs = 7_000
/** Longer, because a failure must be read first. */
export const failureMs = 12_000

function ToastColumn() {
  const { toasts: shown } = Toast.useToastManager()
  return shown.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className={styles.toast} swipeDirection="right">
      <Toast.Content className={styles.content}>
        <div className={styles.words} dir="auto">
          <Toast.Title render={<p />} className={styles.title} />
          <Toast.Description className={styles.description} />
        </div>
        <Toast.Action className={styles.action} />
        {/* Base UI hides it from screen readers until the toast has the focus, but the button is focusable before. */}
        <Toast.Close aria-hidden={false} render={<IconButton icon="close" label="Dismiss" />} />
      </Toast.Content>
    </Toast.Root>
  ))
}

/** Shows the toasts. Render it once in the page. F6 moves the focus into it. */
export function Toaster() {
  return (
    <Toast.Provider toastManager={toasts} limit={3}>
      <Toast.Portal>
        <Toast.Viewport className={styles.viewport}>
          <ToastColumn />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  )
}
