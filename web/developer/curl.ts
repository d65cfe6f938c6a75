import { mayUse } from './access.ts'

/** A query that a token with these scopes may run. */
export function firstQuery(scopes: readonly string[]): string {
  const viewer = mayUse('Viewer.email', scopes) ? 'viewer { email scopes }' : 'viewer { scopes }'
  const tasks = 'tasks(first: 5) { totalCount nodes { title completed } }'
  return mayUse('Query.tasks', scopes) ? `{ ${viewer} ${tasks} }` : `{ ${viewer} }`
}

type Command = { origin: string; token: string; scopes: readonly string[] }

/** A complete command for any shell that supports single quotes. */
export function curlCommand({ origin, token, scopes }: Command): string {
  return [
    `curl ${origin}/graphql`,
    `-H 'Authorization: Bearer ${token}'`,
    "-H 'Content-Type: application/json'",
    `-d '${JSON.stringify({ query: firstQuery(scopes) })}'`,
  ].join(' \\\n  ')
}
