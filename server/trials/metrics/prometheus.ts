import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

type Result = { data: { result: { metric: Record<string, string>; value: [number, string] }[] } }

/** Starts the program `prometheus`. It scrapes `port` every second, with `token` as bearer token. */
export async function startPrometheus(ownPort: number, port: number, token: string) {
  const folder = await mkdtemp(join(tmpdir(), 'taskward-prometheus-'))
  const config = join(folder, 'prometheus.yml')
  const scrape = {
    job_name: 'taskward',
    authorization: { credentials: token },
    static_configs: [{ targets: [`127.0.0.1:${port}`] }],
  }
  const global = { scrape_interval: '1s', scrape_timeout: '1s' }
  await writeFile(config, JSON.stringify({ global, scrape_configs: [scrape] })) // JSON is YAML
  const child = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${ownPort}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const ended = once(child, 'exit')
  const query = async (expression: string) => {
    const url = `http://127.0.0.1:${ownPort}/api/v1/query?query=${encodeURIComponent(expression)}`
    const { data } = (await (await fetch(url)).json()) as Result
    return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
  }
  return {
    /** Asks until there is an answer with a value above 0, for 30 seconds at most. */
    async await(expression: string) {
      for (let n = 0; n < 60; n++) {
        const found = await query(expression).catch(() => [])
        if (found.some(({ value }) => value > 0)) return found
        await sleep(500)
      }
      throw new Error(`Prometheus has no value for ${expression}.`)
    },
    async stop() {
      child.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true })
    },
  }
}
