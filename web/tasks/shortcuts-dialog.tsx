import { Modal } from '../ui/modal.tsx'
import styles from './shortcuts-dialog.module.css'

const shortcuts = [
  { key: 'N', words: 'Write a new task' },
  { key: '/', words: 'Search' },
  { key: 'E', words: 'Edit the title of the focused task' },
  { key: 'Enter', words: 'Save what is being edited' },
  { key: 'Esc', words: 'Discard the edit, or close the details' },
  { key: 'F6', words: 'Go to the message with Undo' },
  { key: '?', words: 'Show this list' },
]

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Modal title="Keyboard shortcuts" onClose={onClose}>
      <dl className={styles.list}>
        {shortcuts.map(({ key, words }) => (
          <div key={key} className={styles.line}>
            <dt>
              <kbd className={styles.key}>{key}</kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  )
}
