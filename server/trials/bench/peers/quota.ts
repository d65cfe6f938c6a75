import { existsSync } from 'node:fs'
import { mkdir, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/*
 * Limits a process to a part of a core, with a control group of Linux (version 1 or 2). It needs
 * root.
 */

/** Short, so that a process never waits long for its next part. */
const periodUs = 10_000
const firstVersion = '/sys/fs/cgroup/cpu'
const isFirstVersion = existsSync(firstVersion)
const parent = isFirstVersion ? firstVersion : '/sys/fs/cgroup'

/**
 * Limits a process to a share of a core, 0 to 1.
 * @returns a function that removes the limit.
 */
export async function limitCpu(pid: number, share: number): Promise<() => Promise<void>> {
  const group = join(parent, `taskward-bench-${pid}`)
  const quotaUs = share * periodUs
  if (!isFirstVersion) await writeFile(join(parent, 'cgroup.subtree_control'), '+cpu')
  await mkdir(group)
  const writeLimit = (file: string, value: number | string) =>
    writeFile(join(group, file), String(value))
  if (isFirstVersion) {
    await writeLimit('cpu.cfs_period_us', periodUs)
    await writeLimit('cpu.cfs_quota_us', quotaUs)
  } else await writeLimit('cpu.max', `${quotaUs} ${periodUs}`)
  await writeLimit('cgroup.procs', pid)
  return async () => {
    // The process may have ended.
    await writeFile(join(parent, 'cgroup.procs'), String(pid)).catch(() => {})
    await rmdir(group)
  }
}
