import { Suspense, startTransition, useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { announce } from '../ui/announcer.tsx'
import { SitePage } from '../ui/site-page.tsx'
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
    <SitePage
      title="Developer"
      links={
        <>
          <Link to="/apps">Apps</Link>
          <a href="/graphql">Playground</a>
          <a href="/docs">Documents</a>
        </>
      }
    >
      <h1>Access tokens</h1>
      <p className={styles.lead}>
        For your own programs. A token can do only what its scopes allow.
      </p>
      <section aria-labelledby="new-token">
        <h2 id="new-token">New token</h2>
        {wanted && !made && <Wanted scopes={wanted} />}
        {made ? (
          <MadeToken made={made} onDone={() => setMade(undefined)} />
        ) : (
          <NewTokenForm scopes={wanted ?? harmless} onMade={show} />
        )}
      </section>
      <section aria-labelledby="your-tokens">
        <h2 id="your-tokens" tabIndex={-1} data-focus-home>
          Your tokens
        </h2>
        <p className={styles.lead}>
          They keep working after you sign out. You can revoke all of them when you change your
          password. Revoke what you do not use.
        </p>
        <Suspense fallback={<p className={styles.waiting}>Looking for your tokens…</p>}>
          <TokenList listing={listing} onChange={reload} />
        </Suspense>
      </section>
      <section aria-labelledby="scopes">
        <h2 id="scopes">What each scope opens</h2>
        <ScopeTable />
      </section>
    </SitePage>
  )
}

/** For users who opened the link in a refusal. */
function Wanted({ scopes }: { scopes: string[] }) {
  const known = scopes.filter((scope) => everyScope.includes(scope))
  if (known.length === 0) return null
  return <p className={styles.lead}>The scopes that your program needs are ticked.</p>
}
