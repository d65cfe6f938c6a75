import { use, useState } from 'react'
import type { Answer } from '../session/ask-auth.ts'
import { Notice } from '../ui/notice.tsx'
import type { AccessToken } from './access-tokens.ts'
import { RevokeDialog } from './revoke-dialog.tsx'
import styles from './token-list.module.css'
import { TokenRow } from './token-row.tsx'

type TokenListProps = { listing: Promise<Answer<AccessToken[]>>; onChange: () => void }

/** Suspends until the list is loaded. */
export function TokenList({ listing, onChange }: TokenListProps) {
  const answer = use(listing)
  const [asked, setAsked] = useState<AccessToken>()
  if ('refusal' in answer)
    return (
      <Notice title="Your tokens cannot be shown" onRetry={onChange}>
        {answer.refusal.message}
      </Notice>
    )
  const close = () => setAsked(undefined)
  return (
    <>
      {answer.value.length === 0 && <p className={styles.none}>You have made none yet.</p>}
      <ul className={styles.list} aria-label="Access tokens">
        {answer.value.map((token) => (
          <TokenRow key={token.id} token={token} onRevoke={() => setAsked(token)} />
        ))}
      </ul>
      {asked && <RevokeDialog token={asked} onClose={close} onRevoked={onChange} />}
    </>
  )
}
