import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP proxy in front of a database. A test can interrupt it. */
export type DatabaseProxy = {
  /** The URL of the database through the proxy. */
  url: string
  /** Breaks every connection, and refuses new ones until `mend`. */
  cut: () => void
  mend: () => void
  /** The number of connections refused so far. */
  countRefused: () => number
  /** Forwards nothing and keeps connections open, like a lost network. */
  hush: () => void
  /** Breaks the next connection that commits: before the database gets the commit, or before its confirmation arrives. */
  cutAtCommit: (when: 'before' | 'after') => void
  close: () => void
}

/** What commits: the statement, or the Sync (5 bytes) at the end of a batch as an owner (db/batch.ts). */
const commitStatement = 'commit\0'
const ownerBatch = /\0(reader|author)\0/
const syncLength = 5
/** ReadyForQuery, outside a transaction. */
const ready = 'Z\0\0\0\x05I'

export async function startProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const { hostname, port } = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let state: 'open' | 'cut' | 'hushed' = 'open'
  let atCommit: 'before' | 'after' | undefined
  let refused = 0

  const server = createServer((near) => {
    if (state === 'cut') {
      refused += 1
      return void near.destroy()
    }
    const far = connect(Number(port), hostname)
    const hangUp = () => {
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', hangUp).on('close', hangUp)
    }
    near.on('data', (bytes) => {
      if (state === 'hushed') return
      const isBatch = ownerBatch.test(bytes.toString('latin1'))
      const when = isBatch || bytes.includes(commitStatement) ? atCommit : undefined
      if (when) atCommit = undefined
      if (when === 'before') {
        if (isBatch) far.write(bytes.subarray(0, -syncLength))
        return hangUp()
      }
      far.write(bytes)
      if (when === 'after') far.removeListener('data', forward).on('data', forwardUntilCommitted)
    })
    const forward = (bytes: Buffer) => void (state === 'hushed' || near.write(bytes))
    const forwardUntilCommitted = (bytes: Buffer) => {
      const confirmation = bytes.indexOf(ready)
      if (confirmation < 0) return forward(bytes)
      near.end(bytes.subarray(0, confirmation), hangUp)
    }
    far.on('data', forward)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')

  const breakAll = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  const url = new URL(databaseUrl)
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    cut: () => {
      state = 'cut'
      breakAll()
    },
    mend: () => {
      state = 'open'
    },
    countRefused: () => refused,
    hush: () => {
      state = 'hushed'
    },
    cutAtCommit: (when) => {
      atCommit = when
    },
    close: () => {
      server.close()
      breakAll()
    },
  }
}
