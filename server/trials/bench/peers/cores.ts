import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'

/*
 * The measured server has a core of its own. PostgreSQL, the load generator and this process share
 * the other one. Without taskset, or with one core, nothing is pinned. Nor is it for the latency at
 * saturation: the other core would be busy first, and the server would wait for PostgreSQL.
 */

export const serverCore = 0
const otherCore = 1

let isPinned = false

/** Pins this process and the servers. The processes that it starts from now on inherit it. */
export function pinProcesses(): void {
  isPinned = cpus().length > 1 && hasTaskset()
  if (isPinned) execFileSync('taskset', ['-acp', String(otherCore), String(process.pid)])
}

/** The command that runs a program on a core. */
export function withCore(core: number, program: string, args: string[]): [string, string[]] {
  return isPinned ? ['taskset', ['-c', String(core), program, ...args]] : [program, args]
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
