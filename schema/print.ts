import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { accessModule } from './access-table.ts'
import { schema, sdl } from './index.ts'

await writeFile(new URL('schema.graphql', import.meta.url), sdl)
const generated = new URL('../web/gql/', import.meta.url)
await mkdir(generated, { recursive: true })
await writeFile(new URL('access.ts', generated), accessModule(schema))
// Rules that the page and the API must decide alike, and the texts that test both.
const rules = ['../db/folding.ts', '../db/brake-limits.ts', 'task/limits.ts']
for (const rule of [...rules, '../db/testing/odd-texts.ts']) {
  const copy = new URL(rule.slice(rule.lastIndexOf('/') + 1), generated)
  await copyFile(new URL(rule, import.meta.url), copy)
}
