import { useEffect, useEffectEvent, useRef } from 'react'
import { useLocation } from 'react-router'
import { Modal } from '../ui/modal.tsx'
import { TaskSide } from './task-side.tsx'

type TaskDrawerProps = { onClose: () => void; onHelp: () => void }

/** The rail where there is no room for one; following a link in it closes it. */
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
