import { connectionsOf, createOutcome, encodeRequest, send, summarise } from './send.mjs'

/*
 * The load generator, in a process of its own. Its parent tells it what to send: first the requests
 * of each operation, under a key, then how often.
 */

const headers = { 'content-type': 'application/json', accept: 'application/json' }
const requests = new Map()

const commands = {
  /** `entries`: pairs of a token and variables. */
  prepare({ key, operation, entries }) {
    const { operationName, document } = operation
    const prepared = entries.map(([token, variables]) =>
      encodeRequest(
        '/graphql',
        { ...headers, authorization: `Bearer ${token}` },
        JSON.stringify({ operationName, query: document, variables }),
      ),
    )
    requests.set(key, prepared)
  },

  /** Each connection sends its next request when the last one is answered. */
  async closed({ keys, url, connections, count }) {
    const next = alternate(keys)
    const outcome = createOutcome()
    let left = count
    const lane = async (connection) => {
      while (left-- > 0) await send(connection, next(), performance.now(), outcome)
    }
    const start = performance.now()
    await Promise.all(connectionsOf(url, connections).map(lane))
    return summarise(outcome, (performance.now() - start) / 1000)
  },

  /**
   * Sends at a constant rate, whether earlier requests are answered or not. The time of a request
   * counts from when it was due, also when it had to wait for a free connection.
   */
  async open({ keys, url, connections, perSecond, seconds }) {
    const next = alternate(keys)
    const outcome = createOutcome()
    const free = connectionsOf(url, connections)
    const count = Math.floor(perSecond * seconds)
    const start = performance.now()
    let sent = 0
    let settled = 0
    await new Promise((resolve) => {
      const dueAt = () => start + (sent * 1000) / perSecond
      const sendDue = () => {
        while (sent < count && free.length > 0 && dueAt() <= performance.now()) void sendNext()
      }
      const sendNext = async () => {
        const connection = free.pop()
        const due = dueAt()
        sent++
        await send(connection, next(), due, outcome)
        free.push(connection)
        if (++settled === count) resolve(clearInterval(timer))
        else sendDue()
      }
      const timer = setInterval(sendDue, 1)
    })
    return summarise(outcome, (performance.now() - start) / 1000)
  },
}

/** The requests of all keys in turn, from the beginning. */
function alternate(keys) {
  const lists = keys.map((key) => requests.get(key))
  let sent = 0
  return () => {
    const list = lists[sent % lists.length]
    return list[Math.floor(sent++ / lists.length) % list.length]
  }
}

process.on('message', async (message) => {
  try {
    process.send({ result: await commands[message.command](message) })
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) })
  }
})
