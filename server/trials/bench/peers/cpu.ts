import { readFile } from 'node:fs/promises'
import type { Pool } from 'pg'

/** Processor time in milliseconds: user and system, all threads. From /proc, in ticks of 10 ms. */
export async function readCpuMs(pid: number): Promise<number> {
  const { utime, stime } = await readStat(pid)
  return (utime + stime) * msPerTick
}

/** The processor time of a process and all its children, also those that have ended. */
export async function readTreeCpuMs(parent: number): Promise<number> {
  const { utime, stime, cutime, cstime } = await readStat(parent)
  const children = await listChildren(parent)
  const times = await Promise.all(
    children.map((pid) => readCpuMs(pid).catch(() => 0)), // has just ended
  )
  return times.reduce((sum, ms) => sum + ms, (utime + stime + cutime + cstime) * msPerTick)
}

export async function listChildren(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return children.trim().split(' ').filter(Boolean).map(Number)
}

/** The process id of the server that a pool of local connections is connected to. */
export async function findPostmaster(pool: Pool): Promise<number> {
  const { rows } = await pool.query('select pg_backend_pid() as pid')
  return (await readStat(rows[0].pid)).parent
}

const msPerTick = 10 // USER_HZ is 100 on every Linux

async function readStat(pid: number) {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name of the program may contain spaces; it ends with the last parenthesis.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [parent = 0, utime = 0, stime = 0, cutime = 0, cstime = 0] = [1, 11, 12, 13, 14].map((n) =>
    Number(fields[n]),
  )
  return { parent, utime, stime, cutime, cstime }
}
