import type { Message } from './mailer.ts'

/** `url`: smtp: or smtps:, with user and password if the mail server asks for them. */
export type SmtpOptions = { url: string; from: string }

export type Transport = {
  /** @throws an error of nodemailer, with the code of the mail server as `responseCode`. */
  send: (message: Message) => Promise<void>
  close: () => Promise<void>
}

/** Milliseconds. RFC 5321 allows minutes; a mail server of one's own answers in less. */
const times = { dnsTimeout: 5_000, connectionTimeout: 10_000, greetingTimeout: 10_000 }
const socketTimeout = 20_000
/** Connections to the mail server. The other messages wait. */
const maxConnections = 2

/** Of RFC 3834: automatic replies, such as those of an absence, do not answer it. */
const headers = { 'Auto-Submitted': 'auto-generated' }

/** nodemailer is loaded with the first message: a server without mail does not need it. */
export function createTransport({ url, from }: SmtpOptions): Transport {
  let opened: ReturnType<typeof open> | undefined
  return {
    async send({ to, subject, text }) {
      opened ??= open(url)
      const transporter = await opened
      // As an object: an address in a text could hold a second recipient.
      await transporter.sendMail({ from, to: { name: '', address: to }, subject, text, headers })
    },
    async close() {
      const transporter = await opened
      transporter?.close()
    },
  }
}

async function open(url: string) {
  const { default: nodemailer } = await import('nodemailer')
  return nodemailer.createTransport({
    ...times,
    url,
    socketTimeout,
    pool: true,
    maxConnections,
    requireTLS: needsTls(url),
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

/** A password leaves this machine only through TLS. */
function needsTls(url: string): boolean {
  const { password, hostname } = new URL(url)
  return password !== '' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}

/** Whether another attempt would fail too: the mail server has refused the message for good. */
export function isFinal(error: unknown): boolean {
  const { responseCode } = Object(error)
  return typeof responseCode === 'number' && responseCode >= 500
}
