import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'

/** What went over one connection: a letter for each message, as PostgreSQL's protocol names them. */
export type Traffic = { sent: string; received: string; roundTrips: number }

/** A TCP relay in front of a database that records the messages of its connections. */
export type Wire = { url: string; take: () => Traffic; close: () => void }

export async function startWire(databaseUrl: string): Promise<Wire> {
  const { hostname, port } = new URL(databaseUrl)
  let traffic: Traffic = { sent: '', received: '', roundTrips: 0 }
  let isAnswered = true

  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    const readSent = createReader((letter) => {
      traffic.sent += letter
    }, true)
    const readReceived = createReader((letter) => {
      traffic.received += letter
    })
    near.on('data', (bytes) => {
      if (isAnswered) traffic.roundTrips++
      isAnswered = false
      readSent(bytes)
      far.write(bytes)
    })
    far.on('data', (bytes) => {
      isAnswered = true
      readReceived(bytes)
      near.write(bytes)
    })
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on('error', () => other.destroy()).on('close', () => other.destroy())
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  const url = new URL(databaseUrl)
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    take: () => {
      const taken = traffic
      traffic = { sent: '', received: '', roundTrips: 0 }
      return taken
    },
    close: () => void server.close(),
  }
}

/** Reports the letter of each complete message. `isClient`: the first message has no letter. */
function createReader(report: (letter: string) => void, isClient = false) {
  let pending = Buffer.alloc(0)
  let hasLetter = !isClient
  return (bytes: Buffer): void => {
    pending = Buffer.concat([pending, bytes])
    for (;;) {
      const lengthAt = hasLetter ? 1 : 0
      if (pending.length < lengthAt + 4) return
      const end = lengthAt + pending.readUInt32BE(lengthAt)
      if (pending.length < end) return
      if (hasLetter) report(String.fromCharCode(pending[0] ?? 0))
      hasLetter = true
      pending = pending.subarray(end)
    }
  }
}
