import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished } from 'vitest'
import { openReaderFolder, stepsIn } from '../testing/doc-examples.ts'
import { allow } from '../testing/oauth.ts'
import { it } from '../testing/test.ts'

const root = join(import.meta.dirname, '../..')

it('the app of the guide connects, queries, refreshes and revokes its tokens', async ({
  app,
  ada,
}) => {
  await ada.createTask({ title: 'Write the notes' })
  const guide = await readFile(join(root, 'docs/oauth.md'), 'utf8')
  const program = await writeProgram(guide)
  const child = spawn(join(root, 'node_modules/.bin/tsx'), [program], {
    env: { ...process.env, TASKWARD_URL: app.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const first = String((await lines.next()).value)
  const closed = once(child, 'close')
  const page = await fetch(await allow(app, ada, first.replace('Open ', '')))
  expect(await page.text()).toBe('You can close this page.')
  const printed: string[] = []
  for (let line = await lines.next(); !line.done; line = await lines.next())
    printed.push(line.value)
  expect(await closed).toEqual([0, null])
  const [, expected = ''] = /^```text printed\n([\s\S]*?)^```$/m.exec(guide) ?? []
  expect(printed).toEqual(expected.trimEnd().split('\n'))
})

async function writeProgram(guide: string): Promise<string> {
  const folder = await openReaderFolder()
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = stepsIn(guide).find((step) => step.kind === 'file')
  if (!file) throw new Error('The guide has no program.')
  const path = join(folder, file.name)
  await writeFile(path, file.content)
  return path
}
