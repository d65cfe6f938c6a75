import { afterEach, describe, expect, it, vi } from 'vitest'
import { openPlaygroundWith, receiveToken } from './token-handoff.ts'

afterEach(() => vi.unstubAllGlobals())

const here = window.location.origin

/** Another window, as far as messages go. */
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

describe('the page that made a token', () => {
  const ready = 'taskward: the playground is ready'

  it('hands it to the playground that it opened, when that is ready, once', () => {
    const { sent, say } = openPlayground()
    expect(sent).toEqual([])
    say(ready)
    say(ready)
    expect(sent).toEqual([{ data: { token: 'taskward_secret' }, to: here }])
  })

  it.each<[who: string, say: (playground: ReturnType<typeof createWindow>) => void]>([
    ['a page of another site', ({ say }) => say(ready, 'https://evil.example')],
    ['another window', ({ say }) => say(ready, here, createWindow().other)],
    ['whoever says something else', ({ say }) => say('give')],
  ])('gives nothing to %s', (_who, ask) => {
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

  it('asks the page that opened it, and takes what that hands over', () => {
    const { sent, say, received } = receive()
    expect(sent).toEqual([{ data: 'taskward: the playground is ready', to: here }])
    say({ token: 'taskward_secret' })
    expect(received).toEqual(['taskward_secret'])
  })

  it('takes nothing from another site or window, and nothing that is no token', () => {
    const { say, received } = receive()
    say({ token: 'taskward_theirs' }, 'https://evil.example')
    say({ token: 'taskward_theirs' }, here, createWindow().other)
    say(null)
    say({ token: 7 })
    expect(received).toEqual([])
  })

  it('takes nothing when nobody opened it', () => {
    vi.stubGlobal('opener', null)
    const received: string[] = []
    receiveToken((token) => received.push(token))
    window.dispatchEvent(new MessageEvent('message', { data: { token: 'x' }, origin: here }))
    expect(received).toEqual([])
  })
})
