import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'

const script = join(import.meta.dirname, 'audit.mjs')

const { version } = createRequire(import.meta.url)('pg/package.json')

/** What the registry knows of a package. npm asks for it to find the affected versions. */
function describePackage(name: string) {
  return { name, versions: name === 'pg' ? { [version]: { name, version } } : {} }
}

/** Runs the audit against a registry that answers this. */
async function audit(status: number, advisories: object) {
  const registry = createServer((request, response) => {
    request.resume()
    response.writeHead(status, { 'Content-Type': 'application/json' })
    response.end(
      JSON.stringify(
        request.method === 'POST'
          ? advisories
          : describePackage(decodeURIComponent(request.url?.slice(1) ?? '')),
      ),
    )
  })
  await once(registry.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void registry.close())
  const { port } = registry.address() as AddressInfo
  const cache = await mkdtemp(join(tmpdir(), 'taskward-audit-')) // npm keeps advisories in it
  onTestFinished(() => rm(cache, { recursive: true }))
  const npm = { npm_config_registry: `http://127.0.0.1:${port}`, npm_config_cache: cache }
  const env = { ...process.env, ...npm }
  return new Promise<{ code: number; output: string }>((resolve) => {
    const child = execFile('node', [script], { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    )
  })
}

const advisory = (severity: string) => ({
  pg: [
    {
      id: 1,
      url: 'https://example.com/advisory',
      title: 'A fault',
      severity,
      vulnerable_versions: '*',
    },
  ],
})

it('fails on a vulnerability of level high, and names the package and the advisory', async () => {
  const { code, output } = await audit(200, advisory('high'))
  expect(code).toBe(1)
  expect(output).toContain('high: pg (https://example.com/advisory)')
})

it.each([
  ['there is none', {}],
  ['all are of a lower level', advisory('moderate')],
])('succeeds when %s', async (_when, advisories) => {
  expect(await audit(200, advisories)).toMatchObject({ code: 0 })
})

it('succeeds with a warning when the registry has no advisories', async () => {
  const { code, output } = await audit(405, {})
  expect(code).toBe(0)
  expect(output).toContain('No audit: 405')
})
