import { useEffect, useEffectEvent, useRef } from 'react'
import { useLocation } from 'react-router'
import { Modal } from '../ui/modal.tsx'
import { Side, type SideProps } from './side.tsx'

type DrawerProps = SideProps & { onClose: () => void }

/** The sidebar on narrow screens. Following a link closes it. */
export function Drawer({ onClose, ...side }: DrawerProps) {
  const { key } = useLocation()
  const openedAt = useRef(key)
  const close = useEffectEvent(onClose)
  useEffect(() => {
    if (key !== openedAt.current) close()
  }, [key])
  return (
    <Modal side title="Views and labels" onClose={onClose}>
      <Side {...side} />
    </Modal>
  )
}
