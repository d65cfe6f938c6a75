import type { Answer, Fields, OperationName, Subject } from './operations.ts'
import type { Server } from './servers.ts'

/** `text`: the whole answer. `answer`: undefined when it is an error. */
export type Asked = { text: string; answer?: Answer }

/** Sends one operation, with a token or without. */
export async function ask(
  { url, dialect }: Server,
  name: OperationName,
  subject: Subject,
  token?: string,
): Promise<Asked> {
  const { document, variables, read } = dialect[name]
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json',
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ operationName: name, query: document, variables: variables(subject) }),
  })
  const text = await response.text()
  const { data, errors } = parse(text)
  return data && !errors ? { text, answer: read(data) } : { text }
}

function parse(text: string): { data?: Fields; errors?: unknown } {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

/** The cursor before the page of operation D, found by paging as a client does. */
export async function findDeepCursor(
  server: Server,
  subject: Subject,
  token: string,
  rows: number,
): Promise<string> {
  const { D } = server.dialect
  const hundred = (about: Subject) => ({ ...D.variables(about), first: 100 })
  const byHundred = { ...server, dialect: { ...server.dialect, D: { ...D, variables: hundred } } }
  let after: string | undefined
  for (let read = 0; read < rows; read += 100) {
    const { answer, text } = await ask(byHundred, 'D', { ...subject, after }, token)
    if (!answer?.endCursor) throw new Error(`${server.name} gave no cursor: ${text.slice(0, 500)}`)
    after = answer.endCursor
  }
  return after ?? ''
}
