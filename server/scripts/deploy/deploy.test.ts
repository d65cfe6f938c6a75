import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { testDatabase } from '#db/testing/database.ts'

const root = join(import.meta.dirname, '../../..')
const deploy = join(root, 'docs/deploy')
const run = promisify(execFile)

// Optional for developers and required in CI.
function isInstalled(command: string, ...args: string[]): boolean {
  const isFound = process.env.CI !== undefined || spawnSync(command, args).status === 0
  if (!isFound) console.warn(`${command} cannot be used: a part of docs/deploy is not tested.`)
  return isFound
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'taskward-deploy-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

describe('docs/deploy', () => {
  it.runIf(isInstalled('nginx', '-v'))('has a configuration that nginx accepts', async () => {
    const folder = await makeFolder()
    const [key, certificate] = [join(folder, 'privkey.pem'), join(folder, 'fullchain.pem')]
    const request = [
      'req',
      '-x509',
      '-newkey',
      'ed25519',
      '-nodes',
      '-subj',
      '/CN=tasks.example.com',
    ]
    await run('openssl', [...request, '-keyout', key, '-out', certificate])
    const server = await readFile(join(deploy, 'nginx.conf'), 'utf8')
    const own = server.replaceAll('/etc/letsencrypt/live/tasks.example.com', folder)
    const file = join(folder, 'nginx.conf')
    const main = `pid ${folder}/pid; error_log stderr; events {} http { access_log off; ${own} }`
    await writeFile(file, main)
    const { stderr } = await run('nginx', ['-t', '-p', folder, '-c', file])
    expect(stderr).toContain('test is successful')
    expect(stderr).not.toContain('[warn]')
  })

  it.runIf(isInstalled('caddy', 'version'))('has a configuration that Caddy accepts', async () => {
    const args = ['adapt', '--adapter', 'caddyfile', '--config', join(deploy, 'Caddyfile')]
    const { stdout, stderr } = await run('caddy', args)
    expect(JSON.parse(stdout)).toHaveProperty('apps.http.servers')
    expect(stderr).not.toContain('warn')
  })

  it('names only files of the repository in its Containerfile', async () => {
    const text = await readFile(join(deploy, 'Containerfile'), 'utf8')
    const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, names]) => names?.split(' ') ?? [],
    )
    expect(copied.length).toBeGreaterThan(5)
    const { stdout } = await run('git', ['ls-files', '--', ...copied], { cwd: root })
    const found = copied.filter((name) => new RegExp(`^${name}(/|$)`, 'm').test(stdout))
    expect(found).toEqual(copied)
  })
})

describe.runIf(isInstalled('unshare', '--mount', 'true'))('dist alone', () => {
  it('runs with a read-only root, as a user who is not root', { timeout: 120_000 }, async () => {
    await run('node', [join(root, 'server/scripts/build.mjs'), '--if-stale'])
    const database = await testDatabase()
    onTestFinished(() => database.close())
    const { server, output } = await start(await makeFolder(), database.url)
    const [, megabytes] = /Megabytes: (\d+)/.exec(output()) ?? []
    expect(Number(megabytes)).toBeLessThan(150)
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8')
    expect(status).toMatch(/^Uid:\t1000\t1000/m)
    expect(status).toMatch(/^CapEff:\t0+$/m)
    for (const path of ['/health/ready', '/', '/docs', '/schema.graphql']) {
      const response = await fetch(`http://localhost:${port}${path}`)
      expect([path, response.status]).toEqual([path, 200])
    }
    server.kill()
    expect(await once(server, 'exit')).toEqual([0, null])
  })
})

const port = 4880

async function start(folder: string, DATABASE_URL: string) {
  let text = ''
  const output = () => text
  const server: ChildProcess = spawn(join(import.meta.dirname, 'rootfs.sh'), [folder], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      PORT: String(port),
      DATABASE_URL,
      BETTER_AUTH_URL: 'https://tasks.example.com',
      BETTER_AUTH_SECRET: 'a secret that only this test knows',
    },
  })
  onTestFinished(() => void server.kill('SIGKILL'))
  for (const stream of [server.stdout, server.stderr])
    stream?.on('data', (data) => {
      text += data
    })
  await vi.waitFor(() => expect(text).toContain('Taskward is ready'), { timeout: 30_000 })
  return { server, output }
}
