import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientPages, serveClient } from './static.ts'

const files: Record<string, string> = {
  'index.html': 'client',
  'docs/index.html': 'guide',
  'docs/paging.html': 'paging',
  'docs/paging.md': '# Paging – long lists',
  'docs/404.html': 'no such document',
  'llms.txt': '# Taskward',
}

let folder: string
let url: string
let close: () => void
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskward-static-'))
  await mkdir(join(folder, 'docs'))
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text)
  const serve = serveClient(folder)
  const server = createServer((request, response) =>
    serve(request, response, () => response.writeHead(404).end('missing')),
  ).listen(0)
  url = `http://localhost:${(server.address() as AddressInfo).port}`
  close = () => {
    server.closeAllConnections()
    server.close()
  }
})
afterAll(async () => {
  close()
  await rm(folder, { recursive: true })
})

describe('a page', () => {
  it.each([
    ['/', 'client', 'text/html;charset=utf-8'],
    ['/sign-in', 'client', 'text/html;charset=utf-8'],
    ['/Apps/?a=b', 'client', 'text/html;charset=utf-8'],
    ['/docs', 'guide', 'text/html;charset=utf-8'],
    ['/docs/', 'guide', 'text/html;charset=utf-8'],
    ['/docs/paging', 'paging', 'text/html;charset=utf-8'],
    ['/docs/paging.md', '# Paging – long lists', 'text/markdown; charset=utf-8'],
    ['/llms.txt', '# Taskward', 'text/plain; charset=utf-8'],
  ])('at %s is “%s” with the type %s', async (path, text, type) => {
    const response = await fetch(url + path)
    expect(await response.text()).toBe(text)
    expect(response.headers.get('Content-Type')).toBe(type)
    expect(response.headers.get('Cache-Control')).toBe('no-cache')
  })

  it.each(['/health', '/healthz', '/metrics', '/version', '/tasks/deep/link', '/sign-in/more'])(
    'does not exist at %s, and a browser gets the client with 404',
    async (path) => {
      const answers = [undefined, '*/*', 'application/json', 'text/html,*/*'].map(
        async (accept) => {
          const response = await fetch(url + path, accept ? { headers: { Accept: accept } } : {})
          return [response.status, await response.text()]
        },
      )
      const missing = [404, 'missing']
      expect(await Promise.all(answers)).toEqual([missing, missing, missing, [404, 'client']])
    },
  )

  it('exists at every path of the client', async () => {
    const source = await readFile(new URL('../../web/app.tsx', import.meta.url), 'utf8')
    const paths = [...source.matchAll(/(?:path="|^ {2}')(\/[\w/-]+)['"]/gm)].map(([, path]) => path)
    expect(paths.toSorted()).toEqual(clientPages.toSorted())
  })

  it.each(['/docs/nothing', '/docs/nothing.md', '/docs/a/b'])(
    'does not exist at %s, and a browser gets the page of the documents with 404',
    async (path) => {
      const answers = ['text/html,*/*', '*/*'].map(async (accept) => {
        const response = await fetch(url + path, { headers: { Accept: accept } })
        return [response.status, await response.text()]
      })
      expect(await Promise.all(answers)).toEqual([
        [404, 'no such document'],
        [404, 'missing'],
      ])
    },
  )

  it.each(['/llms-other.txt', '/assets/gone.js'])(
    'does not exist at %s, which is not a deep link of the client',
    async (path) => {
      const response = await fetch(url + path, { headers: { Accept: 'text/html' } })
      expect([response.status, await response.text()]).toEqual([404, 'missing'])
    },
  )
})
