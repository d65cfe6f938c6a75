import type { RequestListener } from 'node:http'
import { afterAll, describe, expect, it } from 'vitest'
import { answerJson, publicAddress, startDocumentServer } from '../testing/document-server.ts'
import { createDocumentFetch, isPublicAddress } from './document-fetch.ts'

const server = await startDocumentServer()
afterAll(server.close)

const isPublic = async () => [publicAddress]
const document = { client_name: 'Notebook' }

describe('a document', () => {
  it.for([
    [{}, undefined],
    [{ 'Cache-Control': 'public, max-age=600' }, 600],
    [{ 'Cache-Control': 'max-age=600, no-cache' }, 0],
    [{ 'Content-Type': 'application/cimd+json; charset=utf-8' }, undefined],
  ] as const)('with the headers %o is read', async ([headers, maxAgeSeconds]) => {
    server.answers['/ok'] = answerJson(document, headers)
    const fetchDocument = createDocumentFetch({ resolve: isPublic, agent: server.agent })
    const fetched = await fetchDocument(server.urlOf('/ok'))
    expect(fetched).toEqual({ document, maxAgeSeconds })
  })

  it('is read from the address that was checked, whatever the next answer is', async () => {
    server.answers['/ok'] = answerJson(document)
    const answers = [[publicAddress, '2606:2800:21f::1'], ['127.0.0.1']]
    const resolve = async () => answers.shift() ?? []
    await createDocumentFetch({ resolve, agent: server.agent })(server.urlOf('/ok'))
    expect(server.agent.connectedTo.at(-1)).toEqual([
      { address: publicAddress, family: 4 },
      { address: '2606:2800:21f::1', family: 6 },
    ])
    expect(answers).toHaveLength(1)
  })
})

const send =
  (status: number, headers: Record<string, string>, body: string | Buffer = ''): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body)
const json = { 'Content-Type': 'application/json' }

describe('a refused document', () => {
  it.for<[what: string, answer: RequestListener, error: object]>([
    ['is missing', send(404, json, '{}'), { code: 'UNAVAILABLE' }],
    ['is elsewhere', send(302, { Location: '/ok' }), { code: 'UNAVAILABLE' }],
    ['is a page', send(200, { 'Content-Type': 'text/html' }, '{}'), { code: 'INVALID' }],
    ['has no type', send(200, {}, '{}'), { code: 'INVALID' }],
    ['is too large', send(200, json, `"${'a'.repeat(5_119)}"`), { code: 'INVALID' }],
    ['is no JSON', send(200, json, '{'), { code: 'INVALID' }],
    ['is not UTF-8', send(200, json, Buffer.from([0x22, 0xff, 0x22])), { code: 'INVALID' }],
    ['has too many headers', send(200, { ...json, X: 'a'.repeat(9_000) }), { code: 'UNAVAILABLE' }],
    [
      'breaks off',
      (_, response) => response.writeHead(200, json).write('{', () => response.destroy()),
      { code: 'UNAVAILABLE' },
    ],
  ])('%s', async ([_what, answer, error]) => {
    server.answers['/refused'] = answer
    const before = server.requests.length
    const fetching = createDocumentFetch({ resolve: isPublic, agent: server.agent })
    await expect(fetching(server.urlOf('/refused'))).rejects.toMatchObject(error)
    expect(server.requests.slice(before)).toEqual(['/refused'])
  })

  it.for<[what: string, answer: RequestListener]>([
    ['never begins', () => {}],
    ['never ends', (_request, response) => void response.writeHead(200, json).write('{')],
  ])('%s, and is given up', async ([_what, answer]) => {
    server.answers['/slow'] = answer
    const options = { resolve: isPublic, agent: server.agent, timeoutMs: 300 }
    await expect(createDocumentFetch(options)(server.urlOf('/slow'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'It cannot be fetched: took longer than 300 ms.',
    })
  })

  it('has a certificate that no authority has signed', async () => {
    server.answers['/ok'] = answerJson(document)
    const before = server.requests.length
    const options = { resolve: isPublic, agent: server.distrustingAgent }
    await expect(createDocumentFetch(options)(server.urlOf('/ok'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('self-signed certificate'),
    })
    expect(server.requests).toHaveLength(before)
  })

  it.for([
    [['127.0.0.1'], 'INVALID'],
    [[publicAddress, '10.0.0.1'], 'INVALID'],
    [[], 'UNAVAILABLE'],
  ] as const)('is at %o, and no connection is made', async ([addresses, code]) => {
    const before = server.agent.connectedTo.length
    const resolve = async () => [...addresses]
    const fetching = createDocumentFetch({ resolve, agent: server.agent })(server.urlOf('/ok'))
    await expect(fetching).rejects.toMatchObject({ code })
    expect(server.agent.connectedTo).toHaveLength(before)
  })
})

describe('an address', () => {
  it.for(['93.184.215.14', '1.1.1.1', '2606:4700:4700::1111', '::ffff:93.184.215.14'])(
    'is public: %s',
    (address) => expect(isPublicAddress(address)).toBe(true),
  )

  it.for([
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.8.8.8', '169.254.169.254'],
    ...['172.16.0.1', '192.0.0.1', '192.0.2.1', '192.168.1.1', '198.18.0.1', '198.51.100.1'],
    ...['203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
    ...['::', '::1', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', 'fe80::1', 'fec0::1'],
    ...['fc00::1', 'fd00:ec2::254', 'ff02::1', '64:ff9b::7f00:1', '64:ff9b:1::1', '100::1'],
    ...['2001:db8::1', '2001::1', '2002:7f00:1::', '5f00::1', '127.1', 'localhost', ''],
  ])('is not public: %s', (address) => expect(isPublicAddress(address)).toBe(false))
})
