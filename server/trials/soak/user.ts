import { Agent } from 'node:http'
import { openBrowser, type Person, signUp } from '../abuse/person.ts'

/** An account with an address of its own, its tasks, and connections for each of its lanes. */
export type User = { url: string; agent: Agent; ids: string[]; token: () => Promise<string> }

/** A token is valid for 15 minutes. */
const renewalMs = 5 * 60_000
const createDocument = 'mutation { createTask(input: { title: "Read" }) { task { id } } }'

export async function createUser(url: string, n: number, tasks: number): Promise<User> {
  const localAddress = `127.0.1.${n + 1}`
  const person = await signUp(openBrowser(url, localAddress), `user-${n}`)
  const ids: string[] = []
  for (let n = 0; n < tasks; n++) {
    const { body } = await person.query(createDocument)
    ids.push(JSON.parse(body).data.createTask.task.id)
  }
  const agent = new Agent({ keepAlive: true, localAddress })
  return { url, agent, ids, token: renewed(person) }
}

/** The session stays; its tokens expire. */
function renewed({ cookie, token: first, ask }: Person): () => Promise<string> {
  let token = Promise.resolve(first)
  let since = performance.now()
  return () => {
    if (performance.now() - since > renewalMs) {
      since = performance.now()
      token = ask('/api/auth/token', { headers: { Cookie: cookie } }).then(
        ({ body }) => JSON.parse(body).token,
      )
    }
    return token
  }
}
