import { Dialog } from '@base-ui/react/dialog'
import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'
import styles from './modal.module.css'

type ModalProps = {
  title: string
  children: ReactNode
  /** Undefined: it cannot be waved away; something inside has to be done first. */
  onClose?: (() => void) | undefined
  side?: boolean
}

/** A dialog over the page; with `side` it slides in from the start edge instead. */
export function Modal({ title, children, onClose, side }: ModalProps) {
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
        <Dialog.Popup className={classNames(side ? styles.side : styles.popup)}>
          <Dialog.Title className={side ? 'visually-hidden' : styles.title}>{title}</Dialog.Title>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
