import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Plugin } from 'vite'

/** Runs `npm run generate` when the schema or an operation of the client changes. */
export function regenerate(root: string): Plugin {
  return {
    name: 'regenerate',
    configureServer({ watcher }) {
      const run = runOnceAtATime(() => generate(root))
      watcher.add(join(root, 'schema'))
      watcher.on('all', async (_event, path) => {
        if (await isSource(path.slice(root.length + 1), path)) run()
      })
    },
  }
}

async function isSource(name: string, path: string): Promise<boolean> {
  if (!/\.tsx?$/.test(name) || /\.test\.tsx?$/.test(name) || name.startsWith('web/gql/'))
    return false
  if (name.startsWith('schema/')) return true
  const text = await readFile(path, 'utf8').catch(() => '')
  return name.startsWith('web/') && /\bgraphql\(/.test(text)
}

/** Changes during a run cause one more run after it. */
function runOnceAtATime(work: () => Promise<void>): () => void {
  let isRunning = false
  let isStale = false
  const run = async () => {
    isStale = true
    if (isRunning) return
    isRunning = true
    while (isStale) {
      isStale = false
      await work()
    }
    isRunning = false
  }
  return () => void run()
}

async function generate(root: string): Promise<void> {
  const command = promisify(execFile)('npm', ['run', '--silent', 'generate'], { cwd: root })
  await command.catch(({ stdout, stderr }) =>
    console.error(`npm run generate:\n${stdout}${stderr}`),
  )
}
