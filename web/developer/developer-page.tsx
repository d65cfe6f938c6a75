import { Suspense, startTransition, useState } from 'react'
import { useSearchParams } from 'react-router'
import { announce } from '../ui/announcer.tsx'
import { PageHead } from '../ui/page-head.tsx'
import { PageSection } from '../ui/page-section.tsx'
import { everyScope } from './access.ts'
import { listAccessTokens, type MadeToken as Made } from './access-tokens.ts'
import styles from './developer-page.module.css'
import { MadeToken } from './made-token.tsx'
import { NewTokenForm } from './new-token-form.tsx'
import { ScopeTable } from './scope-table.tsx'
import { TokenList } from './token-list.tsx'

/** Enough for a first query, and read-only. */
const harmless = ['tasks:read']

/** Creates and revokes access tokens. */
export function DeveloperPage() {
  const [params] = useSearchParams()
  const [listing, setListing] = useState(listAccessTokens)
  const [made, setMade] = useState<Made>()
  const wanted = params.get('scopes')?.split(/[ ,]+/)
  const reload = () => startTransition(() => setListing(listAccessTokens()))

  function show(token: Made) {
    setMade(token)
    reload()
    announce(`${token.name} is ready`)
  }

  return (
    <>
      <PageHead
        title="Developer"
        lead={
          <>
            Access tokens for your own programs. A token can do only what its scopes allow. Try the
            API in the <a href="/graphql">playground</a>, or read the <a href="/docs">documents</a>.
          </>
        }
      />
      <PageSection title="New token">
        {wanted && !made && <Wanted scopes={wanted} />}
        {made ? (
          <MadeToken made={made} onDone={() => setMade(undefined)} />
        ) : (
          <NewTokenForm scopes={wanted ?? harmless} onMade={show} />
        )}
      </PageSection>
      <PageSection
        title="Your tokens"
        lead="They keep working after you sign out. You can revoke all of them when you change your password. Revoke what you do not use."
        isFocusHome
      >
        <Suspense fallback={<p className={styles.waiting}>Looking for your tokens…</p>}>
          <TokenList listing={listing} onChange={reload} />
        </Suspense>
      </PageSection>
      <PageSection title="What each scope opens">
        <ScopeTable />
      </PageSection>
    </>
  )
}

/** For users who opened the link in a refusal. */
function Wanted({ scopes }: { scopes: string[] }) {
  const known = scopes.filter((scope) => everyScope.includes(scope))
  if (known.length === 0) return null
  return <p className={styles.lead}>The scopes that your program needs are ticked.</p>
}
