import { type App, type GraphqlBody, jsonHeaders, type Variables } from './app.ts'

export type DryAnswer = {
  status: number
  headers: Headers
  body: GraphqlBody & { extensions?: Record<string, unknown> }
}

/** Sends an operation with the value as `extensions.dryRun`. */
export async function sendDry(
  { url }: Pick<App, 'url'>,
  token: string | undefined,
  query: string,
  variables: Variables = {},
  dryRun: unknown = true,
  init: RequestInit = {},
): Promise<DryAnswer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    body: JSON.stringify({ query, variables, extensions: { dryRun } }),
    ...init,
    headers: { ...jsonHeaders, ...(token && { Authorization: `Bearer ${token}` }) },
  })
  const body = (await response.json()) as DryAnswer['body']
  return { status: response.status, headers: response.headers, body }
}
