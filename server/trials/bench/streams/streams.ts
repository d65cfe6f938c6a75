import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { openBrowser, type Person, signUp } from '../../abuse/person.ts'

const subscription = 'subscription { taskChanged { kind task { id title completed } } }'
const createDocument = 'mutation { createTask(input: { title: "Read" }) { task { id } } }'

/** An account with open streams. */
export type Reader = {
  /** Creates a task. Resolves when each stream has received the event. */
  change: () => Promise<void>
  close: () => void
}

/** Signs up an account from an address of its own. Its streams are opened by `openStreams`. */
export function createAccount(url: string, n: number): Promise<Person> {
  return signUp(openBrowser(url, `127.0.2.${n + 1}`), `reader-${n}`)
}

export async function openStreams(account: Person, count: number): Promise<Reader> {
  const streams = await Promise.all(Array.from({ length: count }, () => openStream(account)))
  return {
    change: async () => {
      const received = streams.map(untilEvent)
      await account.query(createDocument)
      await Promise.all(received)
    },
    close: () => {
      for (const stream of streams) stream.destroy()
    },
  }
}

async function openStream({ url, token }: Person): Promise<IncomingMessage> {
  const asked = request(`${url}/graphql`, {
    agent: false,
    method: 'POST',
    headers: {
      Accept: 'text/event-stream',
      'Content-Type': 'application/json',
      Authorization: `Bearer ${token}`,
    },
  })
  asked.end(JSON.stringify({ query: subscription }))
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  if (response.statusCode !== 200) throw new Error(`A stream got ${response.statusCode}.`)
  response.on('error', () => {}) // the reset at the end
  return response.setEncoding('utf8').resume()
}

/** The event may come in several chunks, between others that keep the connection alive. */
function untilEvent(stream: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let text = ''
    const read = (chunk: string) => {
      text += chunk
      if (!/^data: .*\n\n/m.test(text)) return
      stream.off('data', read)
      resolve()
    }
    stream.on('data', read)
  })
}
