import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { accessModule } from './access-table.ts'
import { schema, sdl } from './index.ts'

await writeFile(new URL('schema.graphql', import.meta.url), sdl)
const generated = new URL('../web/gql/', import.meta.url)
await mkdir(generated, { recursive: true })
await writeFile(new URL('access.ts', generated), accessModule(schema))
// The page decides by the same rule as the database whether a task matches a search.
await copyFile(new URL('../db/folding.ts', import.meta.url), new URL('folding.ts', generated))
