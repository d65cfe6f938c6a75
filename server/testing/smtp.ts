import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A message that the server took. `text`: decoded. */
export type Mail = { from: string; to: string[]; raw: string; text: string }

export type MailServer = {
  url: string
  /** Oldest first. */
  mails: Mail[]
  /** The envelope addresses of each attempt, also of those that were refused. */
  attempts: string[]
  /** The codes of the next refusals, one for each attempt. */
  refusals: number[]
  close: () => Promise<void>
}

/** Starts a real SMTP server on a free port of this machine. */
export async function startMailServer(): Promise<MailServer> {
  const mails: Mail[] = []
  const attempts: string[] = []
  const refusals: number[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo({ address }, _session, done) {
      attempts.push(address)
      const responseCode = refusals.shift()
      if (responseCode === undefined) return done()
      done(Object.assign(new Error(`no mailbox for ${address}`), { responseCode }))
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.once('end', () => {
        const raw = Buffer.concat(chunks).toString()
        const from = envelope.mailFrom ? envelope.mailFrom.address : ''
        const to = envelope.rcptTo.map(({ address }) => address)
        mails.push({ from, to, raw, text: decodeText(raw) })
        done()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  const close = () => new Promise<void>((resolve) => server.close(resolve))
  return { url: `smtp://127.0.0.1:${port}`, mails, attempts, refusals, close }
}

/** Quoted-printable (RFC 2045 §6.7) of ASCII, or text as it is. */
function decodeText(raw: string): string {
  const [head = '', ...body] = raw.split('\r\n\r\n')
  const text = body.join('\r\n\r\n')
  if (!/quoted-printable/i.test(head)) return text
  return text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_match, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
}
