import { connect } from 'node:net'

/** `times` in milliseconds. Refused: with errors or without data. Lost: without an answer. */
export function createOutcome() {
  return { times: [], refused: 0, lost: 0, example: undefined }
}

const connections = new Map()

/** Kept connections to a server. The next call with the same URL gets the same ones. */
export function connectionsOf(url, count) {
  const open = connections.get(url) ?? []
  while (open.length < count) open.push(createConnection(new URL(url)))
  connections.set(url, open)
  return open.slice(0, count)
}

/** The bytes of a JSON POST. */
export function encodeRequest(path, headers, body) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = Buffer.byteLength(body)
  const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\n${lines.join('')}content-length: ${length}`
  return Buffer.from(`${head}\r\n\r\n${body}`)
}

/** Resolves when the request is answered or lost. Its time counts from `since`. */
export async function send(connection, request, since, outcome) {
  try {
    const answer = await connection.ask(request)
    outcome.times.push(performance.now() - since)
    if (isData(answer)) return
    outcome.refused++
    outcome.example ??= answer.toString('latin1', 0, 800)
  } catch (error) {
    outcome.lost++
    outcome.example ??= String(error)
  }
}

const isData = (answer) =>
  answer.toString('latin1', 9, 12) === '200' &&
  !answer.includes('"errors":') &&
  !answer.includes('"data":null')

/**
 * One request at a time over a kept socket. An HTTP client of npm takes more processor time for a
 * request than PostgreSQL, which shares the core (see cores.ts), and the server would wait for both.
 */
function createConnection({ hostname, port }) {
  let socket
  let received = Buffer.alloc(0)
  let pending
  const settle = (how, value) => {
    const { [how]: done } = pending ?? {}
    pending = undefined
    received = Buffer.alloc(0)
    done?.(value)
  }
  const open = () => {
    socket = connect({ host: hostname, port: Number(port), noDelay: true })
    socket.on('data', (bytes) => {
      received = received.length > 0 ? Buffer.concat([received, bytes]) : bytes
      if (isComplete(received)) settle('resolve', received)
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      settle('reject', new Error('The server closed the connection.'))
      socket = undefined
    })
  }
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        pending = { resolve, reject }
        if (!socket) open()
        socket.write(request)
      }),
  }
}

/** Whether it has the whole body: by its length, or by the last chunk. */
function isComplete(received) {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = /\r\ncontent-length: *(\d+)/i.exec(received.toString('latin1', 0, end))?.[1]
  if (length !== undefined) return received.length >= end + 4 + Number(length)
  return received.subarray(-5).equals(lastChunk)
}

const lastChunk = Buffer.from('0\r\n\r\n')

export function summarise({ times, refused, lost, example }, seconds) {
  const sorted = Float64Array.from(times).sort()
  const quantile = (share) => sorted[Math.floor(share * (sorted.length - 1))]
  const answered = sorted.length
  const perSecond = answered / seconds
  return { answered, refused, lost, example, perSecond, p50: quantile(0.5), p99: quantile(0.99) }
}
