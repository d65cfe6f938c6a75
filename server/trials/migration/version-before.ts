import { execFileSync } from 'node:child_process'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')

/** The last tag; without tags, the commit before the newest migration. */
export function findVersionBefore(): string {
  const tag = git('tag', '--list', '--sort=-creatordate').split('\n')[0]
  const added = ['--diff-filter=A', '--format=%H', '--', 'db/migrations/*.sql']
  return tag || git('rev-parse', '--short', `${git('log', '-1', ...added)}^`)
}

/** Builds that version in the folder, with the packages of this version. */
export async function buildVersion(version: string, folder: string): Promise<void> {
  const archive = execFileSync('git', ['archive', version], { cwd: root, maxBuffer: 2 ** 30 })
  execFileSync('tar', ['-x', '-C', folder], { input: archive })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  execFileSync(process.execPath, ['server/scripts/build.mjs'], { cwd: folder, stdio: 'inherit' })
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
}
