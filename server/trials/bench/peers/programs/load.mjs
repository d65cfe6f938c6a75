import { Client } from 'undici'

/*
 * The load generator, in a process of its own. Its parent tells it what to send: first the requests
 * of an operation, under a key, then how often. Each lane is one kept connection.
 */

const headers = { 'content-type': 'application/json', accept: 'application/json' }
const requests = new Map()
const clients = new Map()

process.on('message', async (message) => {
  try {
    process.send({ result: await commands[message.command](message) })
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) })
  }
})

const commands = {
  /** `entries`: pairs of a token and variables. */
  prepare({ key, operation, entries }) {
    const { operationName, document } = operation
    const prepared = entries.map(([token, variables]) => ({
      path: '/graphql',
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${token}` },
      body: JSON.stringify({ operationName, query: document, variables }),
    }))
    requests.set(key, prepared)
  },

  /** Each of the connections sends the next request when the last one is answered. */
  async closed({ key, url, connections, count }) {
    const next = cycle(key)
    const outcome = { times: [], refused: 0, example: undefined }
    let left = count
    const lane = async (client) => {
      while (left-- > 0) await send(client, next(), performance.now(), outcome)
    }
    const since = performance.now()
    await Promise.all(clientsOf(url, connections).map(lane))
    return summarise(outcome, (performance.now() - since) / 1000)
  },

  /**
   * Sends at a rate for some seconds, whether earlier requests are answered or not. A request waits
   * when all connections are busy; its time counts from when it was due.
   */
  async open({ keys, url, connections, perSecond, seconds }) {
    const nexts = keys.map(cycle)
    const free = clientsOf(url, connections)
    const outcome = { times: [], refused: 0, example: undefined }
    const waiting = []
    const count = Math.floor(perSecond * seconds)
    const start = performance.now()
    const dueAt = (n) => start + (n * 1000) / perSecond
    await new Promise((resolve, reject) => {
      let due = 0
      const sendDue = () => {
        while (due < count && dueAt(due) <= performance.now()) waiting.push(due++)
        while (waiting.length > 0 && free.length > 0) void sendNext(free.pop(), waiting.shift())
      }
      const sendNext = async (client, n) => {
        await send(client, nexts[n % nexts.length](), dueAt(n), outcome).catch(reject)
        free.push(client)
        if (outcome.times.length === count) finish()
        else sendDue()
      }
      const timer = setInterval(sendDue, 1)
      const finish = () => {
        clearInterval(timer)
        resolve()
      }
    })
    return {
      ...summarise(outcome, (performance.now() - start) / 1000),
      lost: count - outcome.times.length,
    }
  },
}

function cycle(key) {
  const prepared = requests.get(key)
  let sent = 0
  return () => prepared[sent++ % prepared.length]
}

function clientsOf(url, connections) {
  const open = clients.get(url) ?? []
  while (open.length < connections) open.push(new Client(url, { pipelining: 1 }))
  clients.set(url, open)
  return open.slice(0, connections)
}

/** Counts an answer with errors, or without data, as refused. Rejects if there is no answer. */
function send(client, request, since, outcome) {
  return new Promise((resolve, reject) => {
    let status
    let text = ''
    client.dispatch(request, {
      onRequestStart() {},
      onResponseStart(_controller, statusCode) {
        status = statusCode
      },
      onResponseData(_controller, chunk) {
        text += chunk.toString('latin1')
      },
      onResponseEnd() {
        outcome.times.push(performance.now() - since)
        if (status !== 200 || text.includes('"errors":') || text.includes('"data":null')) {
          outcome.refused++
          outcome.example ??= `${status} ${text.slice(0, 500)}`
        }
        resolve()
      },
      onResponseError(_controller, error) {
        reject(error)
      },
    })
  })
}

function summarise({ times, refused, example }, seconds) {
  const sorted = Float64Array.from(times).sort()
  const quantile = (share) => sorted[Math.floor(share * (sorted.length - 1))]
  const answered = sorted.length
  return {
    answered,
    refused,
    example,
    perSecond: answered / seconds,
    p50: quantile(0.5),
    p99: quantile(0.99),
  }
}
