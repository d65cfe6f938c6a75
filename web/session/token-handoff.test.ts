import { afterEach, describe, expect, it, vi } from 'vitest'
import { openPlaygroundWith, receiveToken } from './token-handoff.ts'

afterEach(() => vi.unstubAllGlobals())

const here = window.location.origin

/** A fake window that sends and receives messages. */
function createWindow() {
  const sent: { data: unknown; to: string }[] = []
  const other = new MessageChannel().port1
  Object.assign(other, { postMessage: (data: unknown, to: string) => sent.push({ data, to }) })
  const say = (data: unknown, origin = here, source: MessageEventSource = other) =>
    window.dispatchEvent(new MessageEvent('message', { data, origin, source }))
  return { other, sent, say }
}

function openPlayground() {
  const playground = createWindow()
  vi.stubGlobal('open', () => playground.other)
  openPlaygroundWith('taskward_secret')
  return playground
}

describe('the page that created a token', () => {
  const ready = 'taskward: the playground is ready'

  it('sends it once, to the playground that it opened, when that is ready', () => {
    const { sent, say } = openPlayground()
    expect(sent).toEqual([])
    say(ready)
    say(ready)
    expect(sent).toEqual([{ data: { token: 'taskward_secret' }, to: here }])
  })

  it.each<[who: string, say: (playground: ReturnType<typeof createWindow>) => void]>([
    ['a page of another site', ({ say }) => say(ready, 'https://evil.example')],
    ['another window', ({ say }) => say(ready, here, createWindow().other)],
    ['a window that sends another message', ({ say }) => say('give')],
  ])('sends nothing to %s', (_who, ask) => {
    const playground = openPlayground()
    ask(playground)
    expect(playground.sent).toEqual([])
  })
})

describe('the playground', () => {
  function receive() {
    const opener = createWindow()
    vi.stubGlobal('opener', opener.other)
    const received: string[] = []
    receiveToken((token) => received.push(token))
    return { ...opener, received }
  }

  it('requests the token from the page that opened it', () => {
    const { sent, say, received } = receive()
    expect(sent).toEqual([{ data: 'taskward: the playground is ready', to: here }])
    say({ token: 'taskward_secret' })
    expect(received).toEqual(['taskward_secret'])
  })

  it('ignores other origins, other windows and messages without a token', () => {
    const { say, received } = receive()
    say({ token: 'taskward_theirs' }, 'https://evil.example')
    say({ token: 'taskward_theirs' }, here, createWindow().other)
    say(null)
    say({ token: 7 })
    expect(received).toEqual([])
  })

  it('accepts no token when no page opened it', () => {
    vi.stubGlobal('opener', null)
    const received: string[] = []
    receiveToken((token) => received.push(token))
    window.dispatchEvent(new MessageEvent('message', { data: { token: 'x' }, origin: here }))
    expect(received).toEqual([])
  })
})
