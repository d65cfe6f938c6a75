import type { Page } from 'playwright-core'
import { startThirdPartyApp } from './third-party-app.ts'

/** Opens the consent page of an app with this redirect URI. */
export async function openConsent(page: Page, address: string): Promise<void> {
  await page.goto('/apps')
  const notebook = await startThirdPartyApp(new URL(page.url()).origin, 'Notebook', {
    hosted: [address],
  })
  notebook.stop() // nothing is sent to it
  await page.goto(
    await notebook.createAuthorizationUrl(
      'email tasks:read tasks:write tasks:delete offline_access',
      address,
    ),
  )
  await page.getByRole('button', { name: 'Allow' }).waitFor()
}

type Script = { maxDeletions: number; deletions: number }

/** A program with an access token of the page's account deletes the oldest tasks. */
export async function runBackupScript(
  page: Page,
  { maxDeletions, deletions }: Script,
): Promise<void> {
  const { origin } = new URL(page.url())
  const post = async (path: string, data: object, headers: Record<string, string> = {}) =>
    (await page.request.post(path, { data, headers: { origin, ...headers } })).json()
  const scopes = ['tasks:write', 'tasks:delete']
  const program = { name: 'Backup script', scopes, maxDeletions }
  const { token } = await post('/api/auth/access-token/create', program)
  const run = (query: string) => post('/graphql', { query }, { authorization: `Bearer ${token}` })
  const oldest = 'orderBy: { field: CREATED_AT, direction: ASC }'
  const { data } = await run(`{ tasks(first: ${deletions}, ${oldest}) { nodes { id } } }`)
  for (const { id } of data.tasks.nodes)
    await run(`mutation { deleteTask(input: { id: "${id}" }) { deletedTaskId } }`)
}

/** Allows the request without following the redirect. */
export async function allowRequest(): Promise<void> {
  await fetch('/api/auth/oauth2/consent', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ accept: true, oauth_query: location.search.slice(1) }),
  })
}
