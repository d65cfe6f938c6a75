import { setTimeout as sleep } from 'node:timers/promises'
import { digestEmail } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'
import { createTransport, isFinal, type SmtpOptions, type Transport } from './transport.ts'

/** Plain text. `kind` names the message in the log. */
export type Message = { kind: string; to: string; subject: string; text: string }

export type Mailer = {
  /** False: the operator has set up no mail, and this is production. */
  canSend: boolean
  /** Returns at once and never throws: no answer depends on whether the message arrives. */
  send: (message: Message) => void
  /** Waits for the attempts under way. Messages that wait for a retry are not sent. */
  close: () => Promise<void>
}

type MailerOptions = {
  isProduction: boolean
  /** Undefined: nothing is sent, and outside of production messages are written to the log. */
  smtp: SmtpOptions | undefined
  log: Logger
  /** Before each further attempt. */
  retryWaitsMs?: number[]
}

/** A minute for a restart of the mail server, and a quarter of an hour for greylisting. */
const usualWaitsMs = [10_000, 60_000, 900_000]
/** Messages in memory. A mail server that is away must not fill it. */
const maxPending = 500
/** For attempts under way at the end of the process, which has 10 seconds. */
const maxCloseMs = 3_000

/** Sends messages by SMTP. A failure is tried again and then logged. */
export function createMailer(options: MailerOptions): Mailer {
  const { isProduction, smtp, log } = options
  if (smtp) return createSmtpMailer({ ...options, transport: createTransport(smtp) })
  const print = ({ to, subject, text }: Message) => {
    const content = `${subject}\n${text}`
    log.info(`E-mail to ${to}, not sent because SMTP_URL is not set: ${content}`)
  }
  return {
    canSend: !isProduction,
    send: isProduction ? () => {} : print,
    close: async () => {},
  }
}

function createSmtpMailer({
  transport,
  log,
  retryWaitsMs = usualWaitsMs,
}: Pick<MailerOptions, 'log' | 'retryWaitsMs'> & { transport: Transport }): Mailer {
  const closed = new AbortController()
  const pending = new Set<Promise<void>>()
  return {
    canSend: true,
    send(message) {
      if (closed.signal.aborted || pending.size >= maxPending)
        return logFailure(log, message, { code: 'TOO_MANY_MESSAGES' })
      const sent = sendWithRetries(message).finally(() => pending.delete(sent))
      pending.add(sent)
    },
    async close() {
      closed.abort()
      await Promise.race([Promise.all(pending), sleep(maxCloseMs, undefined, { ref: false })])
      await transport.close()
    },
  }

  async function sendWithRetries(message: Message): Promise<void> {
    for (const waitMs of [...retryWaitsMs, undefined]) {
      try {
        return await transport.send(message)
      } catch (error) {
        if (waitMs === undefined || isFinal(error) || closed.signal.aborted)
          return logFailure(log, message, error)
        log.warn({ ...describe(message, error), waitMs }, 'An e-mail is tried again')
        await sleep(waitMs, undefined, { signal: closed.signal, ref: false }).catch(() => {})
        if (closed.signal.aborted) return logFailure(log, message, error)
      }
    }
  }
}

function logFailure(log: Logger, message: Message, error: unknown): void {
  log.error(describe(message, error), 'An e-mail was not sent')
}

/** Without the text of the error: mail servers repeat the address in it. */
function describe({ kind, to }: Message, error: unknown) {
  const { code, responseCode, command } = Object(error)
  return { kind, account: digestEmail(to), code, responseCode, command }
}
