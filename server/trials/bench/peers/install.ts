import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, 'programs')

/** Installs the packages of the other servers into their folder, unless they are there already. */
export function installPeers(): void {
  if (existsSync(join(folder, 'node_modules/mercurius'))) return
  console.error('Installing the other servers (once)…')
  const args = ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund']
  execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] })
}
