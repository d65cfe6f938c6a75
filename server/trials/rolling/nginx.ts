import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const documented = join(import.meta.dirname, '../../../docs/deploy/nginx.conf')

export type Nginx = {
  url: string
  /** The connections that broke. Refused ones are normal: nginx takes the other instance. */
  faults: () => string[]
  stop: () => Promise<void>
}

/** Starts Debian's nginx in front of the instances, with the configuration of docs/deploy. */
export async function startNginx(port: number, instances: number[]): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'taskward-nginx-'))
  const file = join(folder, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join(' ')
  const own = toPlainHttp(await readFile(documented, 'utf8'), port, instances)
  await writeFile(
    file,
    `pid ${folder}/pid; error_log stderr error; events {}
    http { access_log off; ${temporary} ${own} }`,
  )
  const args = ['-p', folder, '-c', file, '-g', 'daemon off;']
  const child = spawn('nginx', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  let log = ''
  child.stderr.on('data', (chunk) => {
    log += chunk
  })
  const url = `http://127.0.0.1:${port}`
  const failed = exited.then(() => Promise.reject(new Error(`nginx did not start.\n${log}`)))
  await Promise.race([untilServed(url), failed])
  return {
    url,
    faults: () => log.split('\n').filter((line) => !line.includes('Connection refused')),
    async stop() {
      child.kill('SIGTERM')
      await exited
      await rm(folder, { recursive: true })
    },
  }
}

/** Keeps everything but TLS and the addresses. */
function toPlainHttp(text: string, port: number, instances: number[]): string {
  const [, upstream = '', server = ''] =
    /(upstream[\s\S]*?^}\n)[\s\S]*(^server \{[\s\S]*)/m.exec(text) ?? []
  const [line = ''] = /^ *server 127.0.0.1:4000.*\n/m.exec(upstream) ?? []
  const lines = instances.map((instance) => line.replace('4000', String(instance))).join('')
  return [
    upstream.replace(line, lines),
    server
      .replace(/^ *listen \[::\].*\n/m, '')
      .replace(/^ *ssl_.*\n/gm, '')
      .replace(/listen .*;/, `listen 127.0.0.1:${port};`),
  ].join('\n')
}

async function untilServed(url: string): Promise<void> {
  const isServed = () =>
    fetch(`${url}/health/live`).then(
      ({ ok }) => ok,
      () => false,
    )
  while (!(await isServed())) await sleep(50)
}
