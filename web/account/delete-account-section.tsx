import { useState } from 'react'
import { Button } from '../ui/button.tsx'
import { PageSection } from '../ui/page-section.tsx'
import { DeleteAccountDialog } from './delete-account-dialog.tsx'
import type { ProgramCounts } from './programs.ts'
import styles from './settings.module.css'

/** The way to the dialog that deletes the account. */
export function DeleteAccountSection({ counting }: { counting: Promise<ProgramCounts> }) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <PageSection
      title="Delete account"
      lead="Deletes the account with everything in it. You see what that is before you confirm it."
    >
      <div className={styles.actions}>
        <Button look="danger" onClick={() => setIsOpen(true)}>
          Delete account…
        </Button>
      </div>
      {isOpen && <DeleteAccountDialog counting={counting} onClose={() => setIsOpen(false)} />}
    </PageSection>
  )
}
