import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { Agent, createServer, type RequestOptions } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'

export const documentHost = 'notes.example.com'
/** Public, so that it may be connected to. `LocalAgent` connects to the server of the test instead. */
export const publicAddress = '93.184.215.14'

/** An https server with a certificate of its own for `documentHost`. */
export async function startDocumentServer() {
  const { key, cert } = await makeCertificate()
  const requests: string[] = []
  const answers: Record<string, RequestListener> = {}
  const server = createServer({ key, cert }, (request, response) => {
    requests.push(request.url ?? '')
    const answer = answers[request.url ?? '']
    if (answer) answer(request, response)
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    agent: new LocalAgent(port, cert),
    /** Does not know the certificate. */
    distrustingAgent: new LocalAgent(port),
    /** The paths of the requests so far. */
    requests,
    /** What is answered, by path. */
    answers,
    urlOf: (path: string) => `https://${documentHost}:${port}${path}`,
    async close() {
      server.closeAllConnections()
      await promisify(server.close.bind(server))()
    },
  }
}

export type DocumentServer = Awaited<ReturnType<typeof startDocumentServer>>

export function answerJson(
  document: object,
  headers: Record<string, string> = {},
): RequestListener {
  return (_request, response) =>
    void response
      .writeHead(200, { 'Content-Type': 'application/json', ...headers })
      .end(JSON.stringify(document))
}

/** Looks the address up as every agent does, and then connects to a port of this machine. */
class LocalAgent extends Agent {
  readonly connectedTo: unknown[] = []
  readonly #port: number
  readonly #ca: string | undefined

  constructor(port: number, ca?: string) {
    super({ keepAlive: false })
    this.#port = port
    this.#ca = ca
  }

  override createConnection({ lookup, servername }: RequestOptions): TLSSocket {
    lookup?.(documentHost, { all: true }, (_error, found) => this.connectedTo.push(found))
    const socket = connect(this.#port, '127.0.0.1')
    return connectTls({ socket, servername, ca: this.#ca })
  }
}

async function makeCertificate(): Promise<{ key: string; cert: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'taskward-certificate-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', `/CN=${documentHost}`, '-addext', `subjectAltName=DNS:${documentHost}`]
  const request = ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '2', ...subject]
  try {
    await promisify(execFile)('openssl', [...request, '-keyout', key, '-out', cert])
    return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
  } finally {
    await rm(folder, { recursive: true })
  }
}
