import { askAuth } from '../session/ask-auth.ts'

/** How many programs may use the account. Undefined: the server did not say. */
export type ProgramCounts = { tokens: number | undefined; apps: number | undefined }

export async function countPrograms(): Promise<ProgramCounts> {
  const [tokens, apps] = await Promise.all(
    ['/access-token/list', '/connected-app/list'].map((path) => askAuth<object[]>(path)),
  )
  const count = (answer: typeof tokens) =>
    answer && 'value' in answer ? answer.value.length : undefined
  return { tokens: count(tokens), apps: count(apps) }
}
