import { type SubmitEvent, Suspense, useState } from 'react'
import { useNavigate } from 'react-router'
import { askAuth } from '../session/ask-auth.ts'
import { ConfirmPassword } from '../session/confirm-password.tsx'
import { type AuthRefusal, signOut } from '../session/session.ts'
import { announce } from '../ui/announcer.tsx'
import { Button } from '../ui/button.tsx'
import { FormProblem } from '../ui/form-problem.tsx'
import { Modal } from '../ui/modal.tsx'
import { useRefusal } from '../ui/use-refusal.ts'
import { DeletionConsequences } from './deletion-consequences.tsx'
import type { ProgramCounts } from './programs.ts'
import styles from './settings.module.css'

type DeleteAccountDialogProps = { counting: Promise<ProgramCounts>; onClose: () => void }

/** Says what is deleted, and deletes the account when its password is typed. */
export function DeleteAccountDialog({ counting, onClose }: DeleteAccountDialogProps) {
  const navigate = useNavigate()
  const { form, setRefusal, errorOf } = useRefusal<AuthRefusal>()
  const [waiting, setWaiting] = useState(false)

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (waiting) return
    const password = String(new FormData(event.currentTarget).get('password'))
    setWaiting(true)
    const refusal = await deleteAccount(password)
    setWaiting(false)
    setRefusal(refusal)
    if (refusal) return
    await signOut() // the session is gone; the tabs of this browser must know
    navigate('/sign-in', { replace: true }) // without the way back to this page
    announce('Your account is deleted.')
  }

  return (
    <Modal title="Delete your account?" onClose={onClose}>
      <form
        noValidate
        ref={form}
        className={styles.form}
        aria-label="Delete account"
        onSubmit={submit}
      >
        <p>This deletes at once and permanently:</p>
        <Suspense fallback={<p className={styles.soft}>Counting…</p>}>
          <DeletionConsequences counting={counting} />
        </Suspense>
        <ConfirmPassword error={errorOf('password')} />
        <FormProblem>{errorOf()}</FormProblem>
        <div className={styles.buttons}>
          <Button onClick={onClose}>Keep the account</Button>
          <Button type="submit" look="danger" aria-busy={waiting}>
            {waiting ? 'Deleting…' : 'Delete account'}
          </Button>
        </div>
      </form>
    </Modal>
  )
}

/** Undefined: success. */
async function deleteAccount(password: string): Promise<AuthRefusal | undefined> {
  if (password === '') return { code: 'EMPTY', field: 'password', message: 'Enter your password.' }
  const answer = await askAuth<object>('/delete-user', { password })
  return 'refusal' in answer ? answer.refusal : undefined
}
