import { setTimeout as sleep } from 'node:timers/promises'
import { digestEmail } from '../log/audit.ts'
import type { Logger } from '../log/log.ts'
import { createTransport, isFinal, type SmtpOptions, type Transport } from './transport.ts'

/** Plain text. `kind` names the message in the log. */
export type Message = { kind: string; to: string; subject: string; text: string }

/** Reads what the message needs. Undefined: none is sent. */
export type PrepareMessage = () => Promise<Message | undefined>

export type Mailer = {
  /** False: the operator has set up no mail, and this is production. */
  canSend: boolean
  /**
   * Returns at once and never throws: neither the time nor the content of an answer depends on
   * whether there is a message, or whether it arrives.
   */
  send: (prepare: PrepareMessage) => void
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
/** Messages in memory. A mail server that does not answer must not fill it. */
const maxPending = 500
/** For attempts under way at the end of the process, which has 10 seconds. */
const maxCloseMs = 3_000

/** Sends messages by SMTP. A failure is tried again and then logged. */
export function createMailer(options: MailerOptions): Mailer {
  const { isProduction, smtp, log } = options
  if (smtp) return createSmtpMailer({ ...options, transport: createTransport(smtp) })
  if (isProduction) return noMailer
  const print = async ({ to, subject, text }: Message) => {
    const content = `${subject}\n${text}`
    log.info(`E-mail to ${to}, not sent because SMTP_URL is not set: ${content}`)
  }
  return createQueue(log, print)
}

/** Cannot send. */
export const noMailer: Mailer = { canSend: false, send: () => {}, close: async () => {} }

/** Tracks the messages that are prepared or sent, so that `close` can wait for them. */
function createQueue(log: Logger, sendMessage: (message: Message) => Promise<void>): Mailer {
  const pending = new Set<Promise<void>>()
  const work = async (prepare: PrepareMessage) => {
    try {
      const message = await prepare()
      if (message) await sendMessage(message)
    } catch (err) {
      log.error({ err }, 'An e-mail could not be prepared')
    }
  }
  return {
    canSend: true,
    send(prepare) {
      if (pending.size >= maxPending)
        return log.error({ code: 'TOO_MANY_MESSAGES' }, 'An e-mail was not sent')
      const sent = work(prepare).finally(() => pending.delete(sent))
      pending.add(sent)
    },
    async close() {
      await Promise.race([Promise.all(pending), sleep(maxCloseMs, undefined, { ref: false })])
    },
  }
}

function createSmtpMailer({
  transport,
  log,
  retryWaitsMs = usualWaitsMs,
}: Pick<MailerOptions, 'log' | 'retryWaitsMs'> & { transport: Transport }): Mailer {
  const closed = new AbortController()
  const queue = createQueue(log, sendWithRetries)
  return {
    ...queue,
    async close() {
      closed.abort()
      await queue.close()
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
