import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { closeLater } from '../closing.ts'

/** Taskward in a separate process, which a trial can kill. */
export type Instance = {
  url: string
  pid: number | undefined
  /** Resolves with the exit code; null: the signal killed the process. */
  end: (signal: NodeJS.Signals) => Promise<number | null>
  /** Its output so far. */
  output: () => string
}

/** The built bundle, or the sources: they need no build and start more slowly. */
export type Program = 'bundle' | 'sources'

const root = join(import.meta.dirname, '../../..')
const programs: Record<Program, string[]> = {
  bundle: ['dist/server/main.js'],
  sources: ['--import', 'tsx', 'server/main.ts'],
}

/**
 * Starts Taskward with an embedded PostgreSQL under `dataDir`. It inherits no other environment.
 * `sources`: the folder of another version.
 */
export async function startInstance(
  program: Program,
  dataDir: string,
  port: number,
  settings: Record<string, string> = {},
  sources: string = root,
): Promise<Instance> {
  const child = spawn(process.execPath, programs[program], {
    cwd: sources,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'development',
      PORT: String(port),
      TASKWARD_DATA_DIR: dataDir,
      LOG_LEVEL: 'info',
      ACCESS_LOG: 'off', // the output is kept
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit') as Promise<[number | null]>
  let output = ''
  const ready = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk
        if (output.includes('Taskward is ready')) resolve()
      })
    }
    ended.then(() => reject(new Error(`Taskward did not start.\n${output}`)), reject)
  })
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    const [code] = await ended
    return code
  }
  closeLater(() => end('SIGTERM'))
  await ready
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid,
    end,
    output: () => output,
  }
}
