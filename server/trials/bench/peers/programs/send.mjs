import { Client } from 'undici'

/** `times` in milliseconds. Refused: with errors or without data. Lost: without an answer. */
export function createOutcome() {
  return { times: [], refused: 0, lost: 0, example: undefined }
}

const clients = new Map()

/** Kept connections to a server. The next call with the same URL gets the same ones. */
export function clientsOf(url, connections) {
  const open = clients.get(url) ?? []
  while (open.length < connections) open.push(new Client(url, { pipelining: 1 }))
  clients.set(url, open)
  return open.slice(0, connections)
}

/** Resolves when the request is answered or lost. Its time counts from `since`. */
export function send(client, request, since, outcome) {
  return new Promise((resolve) => {
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
        outcome.lost++
        outcome.example ??= String(error)
        resolve()
      },
    })
  })
}

export function summarise({ times, refused, lost, example }, seconds) {
  const sorted = Float64Array.from(times).sort()
  const quantile = (share) => sorted[Math.floor(share * (sorted.length - 1))]
  const answered = sorted.length
  const perSecond = answered / seconds
  return { answered, refused, lost, example, perSecond, p50: quantile(0.5), p99: quantile(0.99) }
}
