import type { Account } from '../session/session.ts'
import { Modal } from '../ui/modal.tsx'
import { useTypingPause } from '../ui/use-typing-pause.ts'
import { ProviderSignIn } from './provider-sign-in.tsx'
import styles from './session-over-dialog.module.css'
import { SignInForm } from './sign-in-form.tsx'
import { useSignInOptions } from './sign-in-options.ts'

/** Covers the page until the user signs in, so that nothing typed there is lost. */
export function SessionOverDialog({ account }: { account: Account }) {
  const provider = useSignInOptions()?.provider
  const hasPaused = useTypingPause()
  if (!hasPaused) return null
  return (
    <Modal title="Sign in again">
      <p className={styles.words}>
        Your session expired, sign in to go on. What you typed is kept.
      </p>
      <SignInForm email={account.email} />
      {provider && <ProviderSignIn provider={provider} inNewTab />}
    </Modal>
  )
}
