import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { digestEmail } from '../log/audit.ts'
import { recordLog } from '../testing/log.ts'
import { type MailServer, startMailServer } from '../testing/smtp.ts'
import { createMailer, type Message } from './mailer.ts'

const message: Message = {
  kind: 'test',
  to: 'ada@example.com',
  subject: 'A new password',
  text: 'Open this link: https://tasks.example.com/reset-password#token=a',
}
const account = digestEmail(message.to)

describe('a mailer with SMTP_URL', () => {
  it('sends the message as plain text', async () => {
    const { server, mailer } = await start()
    mailer.send(async () => message)
    const mail = await vi.waitUntil(() => server.mails[0])
    expect(mail).toMatchObject({ from: 'tasks@example.com', to: [message.to] })
    expect(mail.raw).toContain('From: Taskward <tasks@example.com>')
    expect(mail.raw).toContain('Subject: A new password')
    expect(mail.raw).toContain('Auto-Submitted: auto-generated')
    expect(mail.raw).toContain('Content-Type: text/plain')
    expect(mail.text).toContain(message.text)
  })

  it('tries again after a temporary refusal, and logs no address', async () => {
    const { server, mailer, lines, text } = await start()
    server.refusals.push(451)
    mailer.send(async () => message)
    await vi.waitUntil(() => server.mails[0])
    expect(server.attempts).toEqual([message.to, message.to])
    expect(lines()).toMatchObject([
      { msg: 'An e-mail is tried again', kind: 'test', account, responseCode: 451, waitMs: 1 },
    ])
    expect(text()).not.toContain(message.to)
  })

  it('gives up after the last attempt', async () => {
    const { server, mailer, lines } = await start()
    server.refusals.push(451, 451, 451)
    mailer.send(async () => message)
    await vi.waitUntil(() => lines().some(({ msg }) => msg === 'An e-mail was not sent'))
    expect(server.attempts).toHaveLength(3)
    expect(server.mails).toEqual([])
  })

  it('does not repeat what was refused for good, and logs no address', async () => {
    const { server, mailer, lines, text } = await start()
    server.refusals.push(550)
    mailer.send(async () => message)
    const [line] = await vi.waitUntil(() => lines().length > 0 && lines())
    expect(line).toMatchObject({ msg: 'An e-mail was not sent', account, responseCode: 550 })
    expect(server.attempts).toEqual([message.to])
    expect(text()).not.toContain(message.to)
  })

  it.each([
    ['a second recipient', { to: 'ada@example.com, bob@example.com' }],
    ['a header in the address', { to: 'ada@example.com\r\nBcc: bob@example.com' }],
    ['a header in the subject', { subject: 'A\r\nBcc: bob@example.com' }],
  ])('sends to no other address for %s', async (_what, change) => {
    const { server, mailer, lines } = await start()
    mailer.send(async () => ({ ...message, ...change }))
    await vi.waitUntil(() => server.mails.length > 0 || lines().length > 0)
    expect(server.attempts.filter((address) => address === 'bob@example.com')).toEqual([])
    expect(server.mails.map(({ raw }) => raw).join('')).not.toMatch(/^bcc:/im)
  })

  it('returns at once while no mail server answers, and close ends the retries', async () => {
    const { server } = await start()
    await server.close() // nothing listens on its port any more
    const { log, lines } = recordLog()
    const smtp = { url: server.url, from: 'tasks@example.com' }
    const mailer = createMailer({ isProduction: true, smtp, log, retryWaitsMs: [60_000] })
    expect(mailer.send(async () => message)).toBeUndefined()
    await vi.waitUntil(() => lines().length > 0)
    await mailer.close()
    expect(lines().map(({ msg }) => msg)).toEqual([
      'An e-mail is tried again',
      'An e-mail was not sent',
    ])
  })

  it('logs a message that cannot be prepared', async () => {
    const { mailer, lines } = await start()
    mailer.send(() => Promise.reject(new Error('The database cannot be reached.')))
    await vi.waitUntil(() => lines().length > 0)
    expect(lines()).toMatchObject([{ msg: 'An e-mail could not be prepared' }])
  })

  it('keeps at most 500 messages in memory', async () => {
    const { mailer, lines } = await start()
    for (let n = 0; n < 501; n++) mailer.send(async () => message)
    expect(lines()).toMatchObject([{ msg: 'An e-mail was not sent', code: 'TOO_MANY_MESSAGES' }])
  })
})

describe('a mailer without SMTP_URL', () => {
  it('writes the message to the log outside of production', async () => {
    const { log, lines } = recordLog()
    const mailer = createMailer({ isProduction: false, smtp: undefined, log })
    mailer.send(async () => message)
    await mailer.close()
    expect(mailer.canSend).toBe(true)
    expect(lines()).toMatchObject([{ msg: expect.stringContaining(message.text) }])
  })

  it('writes nothing in production, where the log must have no link', () => {
    const { log, lines } = recordLog()
    const mailer = createMailer({ isProduction: true, smtp: undefined, log })
    mailer.send(async () => message)
    expect(mailer.canSend).toBe(false)
    expect(lines()).toEqual([])
  })
})

async function start() {
  const server: MailServer = await startMailServer()
  const { log, lines } = recordLog()
  const smtp = { url: server.url, from: 'Taskward <tasks@example.com>' }
  const mailer = createMailer({ isProduction: true, smtp, log, retryWaitsMs: [1, 1] })
  onTestFinished(() => mailer.close().then(server.close))
  return { server, mailer, lines, text: () => JSON.stringify(lines()) }
}
