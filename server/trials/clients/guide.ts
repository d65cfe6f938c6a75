import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openReaderFolder, runsIn, stepsIn } from '../../testing/doc-examples.ts'

const packages = import.meta.dirname
const docs = join(packages, '../../../docs')

/**
 * Follows a guide as a reader does. A guide with a block `sh install` begins in an empty folder with
 * these commands; for others the packages are there.
 * @throws Error when a command fails or prints something else than documented.
 */
export async function followGuide(name: string, env: Environment): Promise<void> {
  const text = await readFile(join(docs, name), 'utf8')
  const [, install] = /^```sh install\n([\s\S]*?)^```$/m.exec(text) ?? []
  const folder = await (install ? mkdtemp(join(tmpdir(), 'guide-')) : openReaderFolder(packages))
  const run = async (command: string) => {
    const { stdout } = await promisify(execFile)('bash', ['-euc', command], { cwd: folder, env })
    return stdout.trim()
  }
  try {
    if (install) await run(await pinVersions(install))
    for (const [, { command, output }, files] of runsIn(stepsIn(text))) {
      for (const { name, content } of files)
        await writeFile(
          join(folder, name),
          content.replaceAll('http://localhost:4000', env.TASKWARD_URL),
        )
      const printed = await run(command)
      if (printed !== output.trim()) throw new Error(`${command} printed:\n${printed}`)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

export type Environment = NodeJS.ProcessEnv & { TASKWARD_URL: string }

/** Names the versions of `package.json` in `npm install`, so that the result stays the same. */
async function pinVersions(install: string): Promise<string> {
  const { dependencies } = JSON.parse(await readFile(join(packages, 'package.json'), 'utf8'))
  return install.replaceAll(/ (@?[a-z][\w./-]*)(@\d+)?(?=\s)/g, (whole, name: string) => {
    const version = dependencies[name]
    return version === undefined ? whole : ` --prefer-offline ${name}@${version}`
  })
}
