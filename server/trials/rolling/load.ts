import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'

/** What became of the requests. A lost request has no answer, or another status than 200. */
export type Load = {
  sent: number
  /** The ids of the tasks whose creation was confirmed. */
  created: Set<string>
  lost: string[]
}

export type Client = { url: string; token: string }

const mutation =
  'mutation ($title: String!) { createTask(input: { title: $title }) { task { id } } }'
const query = '{ tasks(first: 5) { nodes { id title } } }'

/**
 * Sends mutations and queries in turn, `lanes` at a time on kept connections, and repeats none.
 * @param isDone called after each request: whether to send no more.
 */
export async function sendLoad(
  client: Client,
  lanes: number,
  isDone: (load: Load) => boolean,
): Promise<Load> {
  const load: Load = { sent: 0, created: new Set(), lost: [] }
  const agent = new Agent({ keepAlive: true, maxSockets: lanes })
  const lane = async () => {
    while (!isDone(load)) {
      const n = load.sent++
      const isMutation = n % 2 === 0
      const body = isMutation ? { query: mutation, variables: { title: `Task ${n}` } } : { query }
      await post(client, body, agent).then(
        ({ status, answer }) => {
          const { data, errors } = status === 200 ? JSON.parse(answer) : {}
          if (status !== 200 || errors) load.lost.push(`${status} ${answer}`)
          else if (isMutation) load.created.add(data.createTask.task.id)
        },
        (error) => load.lost.push(String(error)),
      )
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  agent.destroy()
  return load
}

function post({ url, token }: Client, body: object, agent: Agent) {
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` }
  return new Promise<{ status: number; answer: string }>((resolve, reject) => {
    const onResponse = async (response: IncomingMessage) => {
      const answer = await text(response)
      resolve({ status: Number(response.statusCode), answer })
    }
    request(`${url}/graphql`, { method: 'POST', agent, headers }, (response) =>
      onResponse(response).catch(reject),
    )
      .once('error', reject)
      .end(JSON.stringify(body))
  })
}
