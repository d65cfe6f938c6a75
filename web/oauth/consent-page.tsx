import { Suspense, startTransition, use, useState } from 'react'
import { useLocation } from 'react-router'
import frame from '../ui/entry-page.module.css'
import { EntryPage } from '../ui/entry-page.tsx'
import { Notice } from '../ui/notice.tsx'
import { describeRequest } from './authorization.ts'
import { ConsentForm } from './consent-form.tsx'
import styles from './consent-page.module.css'

type Description = ReturnType<typeof describeRequest>

export function ConsentPage() {
  const oauthQuery = useLocation().search.slice(1)
  const [description, setDescription] = useState(() => describeRequest(oauthQuery))
  const retry = () => startTransition(() => setDescription(describeRequest(oauthQuery)))
  return (
    <EntryPage
      title="Allow an app"
      line="An app can do only what you allow here. You can disconnect it at any time."
    >
      <Suspense fallback={<p className={styles.waiting}>Loading the app’s request…</p>}>
        <Consent description={description} oauthQuery={oauthQuery} onRetry={retry} />
      </Suspense>
    </EntryPage>
  )
}

type ConsentProps = { description: Description; oauthQuery: string; onRetry: () => void }

function Consent({ description, oauthQuery, onRetry }: ConsentProps) {
  const answer = use(description)
  if ('value' in answer) return <ConsentForm request={answer.value} oauthQuery={oauthQuery} />
  const isOver = answer.refusal.code === 'HTTP_400' || answer.refusal.code === 'NOT_FOUND'
  return isOver ? (
    <InvalidRequest />
  ) : (
    <Notice title="The request cannot be shown" onRetry={onRetry}>
      {answer.refusal.message}
    </Notice>
  )
}

/** The signature is invalid: the request is older than ten minutes or was modified. */
function InvalidRequest() {
  return (
    <>
      <h1 className={frame.title}>This request is not valid</h1>
      <p className={styles.words}>
        It has expired or was modified. Nothing was allowed. Go back to the app and start again.
      </p>
    </>
  )
}
