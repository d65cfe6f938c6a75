import { Dialog } from '@base-ui/react/dialog'
import { type ReactNode, useRef, useState } from 'react'
import { IconButton } from './button.tsx'
import styles from './modal.module.css'

type ModalProps = {
  title: string
  children: ReactNode
  /** Undefined: the user cannot dismiss it. */
  onClose?: (() => void) | undefined
  side?: boolean
  sheet?: boolean
}

/**
 * A dialog over the page; with `side`, a drawer at the start edge, with
 * `sheet`, a sheet over the whole page. The focus goes to the element with
 * `data-first-focus`, else to the first control. Afterwards it returns to where it was, or to the
 * element with `data-focus-home` when that has left the page.
 */
export function Modal({ title, children, onClose, side, sheet }: ModalProps) {
  const popup = useRef<HTMLDivElement>(null)
  const [opener] = useState(() => document.activeElement)
  return (
    <Dialog.Root
      open
      disablePointerDismissal={!onClose}
      onOpenChange={(open) => {
        if (!open) onClose?.()
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup
          ref={popup}
          className={sheet ? styles.sheet : side ? styles.side : styles.popup}
          initialFocus={() =>
            popup.current?.querySelector<HTMLElement>('[data-first-focus]') ?? true
          }
          finalFocus={() =>
            opener?.isConnected || document.querySelector<HTMLElement>('[data-focus-home]')
          }
        >
          <Dialog.Title className={side || sheet ? 'visually-hidden' : styles.title}>
            {title}
          </Dialog.Title>
          {children}
          {/* Last, so that the focus goes to the dialog's own controls first. */}
          {onClose && (
            <IconButton
              icon="close"
              label="Close dialog"
              className={styles.close}
              onClick={onClose}
            />
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
