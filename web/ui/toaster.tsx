import { Toast } from '@base-ui/react/toast'
import { IconButton } from './button.tsx'
import styles from './toaster.module.css'

/** Raises toasts from anywhere: what was done and can be undone, or what failed. */
export const toasts = Toast.createToastManager()

/** How long an undo is offered; the clock stands still while the toast is pointed at or focused. */
export const undoMs = 7_000
/** A failure stays longer: it has to be read before it can be acted on. */
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
        {/* Base UI hides it from screen readers until the toast has the focus; the button can be reached before. */}
        <Toast.Close aria-hidden={false} render={<IconButton icon="close" label="Dismiss" />} />
      </Toast.Content>
    </Toast.Root>
  ))
}

/** Where toasts appear; stands once in the page. F6 moves the focus into it. */
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
