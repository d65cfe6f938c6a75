import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findFreePort } from '#db/embedded/free-port.ts'
import { sdl } from '#schema/index.ts'
import { composeSupergraph } from './compose.ts'

export type Gateway = { url: string; close: () => Promise<void> }

/** Installs Hive Gateway from its lock file into a temporary folder. */
export async function installGateway(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'taskward-gateway-'))
  await cp(join(import.meta.dirname, 'gateway'), folder, { recursive: true })
  const options = ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
  await promisify(execFile)('npm', options, { cwd: folder })
  return folder
}

/** Starts a gateway process for the Taskward at `url`. `decides`: the gateway enforces the directives. */
export async function startGateway(
  folder: string,
  url: string,
  { decides }: { decides: boolean },
): Promise<Gateway> {
  const port = await findFreePort()
  const supergraph = `${port}.graphql`
  await writeFile(join(folder, supergraph), composeSupergraph(sdl, `${url}/graphql`))
  const args = ['gateway.mjs', supergraph, String(port), ...(decides ? ['--decides'] : [])]
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  await Promise.race([
    once(child.stdout, 'data'),
    exited.then(() => Promise.reject(new Error('The gateway did not start.'))),
  ])
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      child.kill('SIGKILL') // it has no work to finish
      await exited
    },
  }
}

export function removeGateway(folder: string): Promise<void> {
  return rm(folder, { recursive: true })
}
