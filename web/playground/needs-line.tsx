import { useOperationsEditorState } from '@graphiql/react'
import { useEffect, useState } from 'react'
import { useSession } from '../session/use-session.ts'
import { type Identity, useIdentity } from './identity.ts'
import { listNeeds, type OperationNeed, scopesInWords } from './operation-needs.ts'

/** The scopes that the operations need, and whether the current token has them. */
export function NeedsLine() {
  const [document] = useOperationsEditorState()
  const needs = useNeeds(document)
  if (needs.length === 0) return null
  return (
    <section className="needs" aria-label="What the operations need">
      <ul>
        {needs.map((need) => (
          <Need key={need.name ?? ''} need={need} />
        ))}
      </ul>
    </section>
  )
}

/** Debounce while typing. */
const settledMs = 300

function useNeeds(document: string): OperationNeed[] {
  const identity = useIdentity()
  const { status } = useSession()
  const [needs, setNeeds] = useState<OperationNeed[]>([])
  const caller = callerOf(identity, status)
  useEffect(() => {
    let isStale = caller === undefined
    const timer = setTimeout(async () => {
      const found = isStale ? [] : await listNeeds(document).catch(() => [])
      if (!isStale) setNeeds(found)
    }, settledMs)
    return () => {
      isStale = true
      clearTimeout(timer)
    }
  }, [document, caller])
  return needs
}

/** Refetched when the identity changes. Undefined: loading. */
function callerOf(identity: Identity | undefined, status: string): string | undefined {
  return identity?.token ?? (status === 'unknown' ? undefined : status)
}

/** No token can have it, so no page can make one. */
const personScope = 'account'

function Need({ need }: { need: OperationNeed }) {
  const { name = 'The operation', allowed, requiresToken, missingScopes, tokenUrl } = need
  const scopes = scopesInWords(need.requiredScopes)
  return (
    <li className={allowed ? 'need' : 'need lacking'}>
      <span aria-hidden="true">{allowed ? '✓' : '✗'}</span> <code>{name}</code>{' '}
      {requiresToken ? `needs ${scopes || 'a token, with any scopes'}` : 'is open to everybody'}
      {allowed && requiresToken && ': your token has it.'}
      {allowed && !requiresToken && '.'}
      {!allowed && missingScopes.length === 0 && '; no token is sent.'}
      {!allowed && missingScopes.includes(personScope) && '; only you can do it, without a token.'}
      {!allowed && missingScopes.length > 0 && !missingScopes.includes(personScope) && (
        <>
          ; yours lacks {missingScopes.join(' and ')}. <a href={tokenUrl}>Make a token</a>
        </>
      )}
    </li>
  )
}
