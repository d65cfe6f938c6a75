import { readdir, writeFile } from 'node:fs/promises'
import { sdl } from './index.ts'

/** Writes the current contract to released.graphql. guard.test.ts compares later changes with it. */
const records = await readdir(new URL('../docs/decisions', import.meta.url))
const last = Math.max(...records.map((name) => Number.parseInt(name, 10)))
const header = `# As released by npm run release:schema. It knows the records up to ${last}.\n\n`
await writeFile(new URL('released.graphql', import.meta.url), header + sdl)
