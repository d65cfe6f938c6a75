import { useEffect, useEffectEvent, useRef } from 'react'
import { useLocation } from 'react-router'
import { Modal } from '../ui/modal.tsx'
import { TaskSide } from './task-side.tsx'

type TaskDrawerProps = { onClose: () => void; onHelp: () => void }

/** The sidebar on narrow screens. Following a link closes it. */
export function TaskDrawer({ onClose, onHelp }: TaskDrawerProps) {
  const { key } = useLocation()
  const openedAt = useRef(key)
  const close = useEffectEvent(onClose)
  useEffect(() => {
    if (key !== openedAt.current) close()
  }, [key])
  return (
    <Modal side title="Views and labels" onClose={onClose}>
      <TaskSide onHelp={onHelp} />
    </Modal>
  )
}
