import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { checkLayout } from './check.ts'

/** A tree with one harmless import and these files. */
async function makeTree(files: Record<string, string>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'taskward-layout-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const harmless = {
    'db/tasks.ts': "import './tables.ts'",
    'schema/task/task.ts': '',
    'server/log/log.ts': '',
    'web/ui/button.tsx': '',
  }
  for (const [file, content] of Object.entries({ ...harmless, ...files })) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), content)
  }
  return root
}

describe('the layout of this repository', () => {
  it('follows its rules', async () => {
    expect(await checkLayout(join(import.meta.dirname, '../../..'))).toEqual([])
  })
})

describe('a tree', () => {
  it('without faults has nothing to report', async () => {
    expect(await checkLayout(await makeTree({}))).toEqual([])
  })

  it.each([
    ['a lower layer', 'db/tasks.ts', '#schema/builder.ts'],
    ['a row of db past the schema', 'server/graphql/live.ts', '#db/tasks.ts'],
    ['another layer by a relative path', 'web/api/client.ts', '../../server/env.ts'],
    ['a folder above it', 'server/http/drain.ts', '../tokens/viewer.ts'],
    ['the file that starts everything', 'server/log/log.ts', '../env.ts'],
    ['a test helper in the product', 'server/mcp/tools.ts', '../testing/app.ts'],
    ['a trial in the product', 'server/mcp/tools.ts', '../trials/abuse/person.ts'],
    ['a feature in a shared folder', 'web/ui/button.tsx', '../tasks/cache.ts'],
    ['another feature', 'web/apps/app-list.tsx', '../oauth/authorization.ts'],
    ['the server in a test of the client', 'web/apps/app.test.tsx', '../../server/env.ts'],
    ['a package of another layer', 'schema/task/task.ts', 'drizzle-orm/pg-core'],
    ['a package of the browser', 'server/http/static.ts', 'react'],
  ])('reports an import of %s', async (_what, file, to) => {
    for (const statement of [
      `import '${to}'`,
      `import type { a } from '${to}'`,
      `export * from '${to}'`,
      `await import('${to}')`,
    ]) {
      const faults = await checkLayout(await makeTree({ [file]: statement }))
      expect(faults).toEqual([expect.stringContaining(`${file} must not import`)])
    }
  })

  it.each(['server/queue.ts', 'web/helpers.ts', 'server/queue.test.ts', 'web/notes.css'])(
    'reports %s, which lies in no folder',
    async (file) => {
      expect(await checkLayout(await makeTree({ [file]: '' }))).toEqual([
        `${file} must lie in a folder.`,
      ])
    },
  )

  it('reports folders that import each other in a circle', async () => {
    const root = await makeTree({
      'schema/builder.ts': "import './task/task.ts'",
      'schema/task/task.ts': "import '../label/label.ts'",
      'schema/label/label.ts': "import '../builder.ts'",
    })
    expect(await checkLayout(root)).toEqual([
      'Folders import each other in a circle: ' +
        'schema/builder.ts → schema/task/ → schema/label/ → schema/builder.ts.',
    ])
  })

  it('is refused when it has no import at all', async () => {
    const root = await makeTree({ 'db/tasks.ts': '' })
    await expect(checkLayout(root)).rejects.toThrow('No import')
  })
})
