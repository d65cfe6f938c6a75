import { writeFile } from 'node:fs/promises'
import { sdl } from './index.ts'

await writeFile(new URL('schema.graphql', import.meta.url), sdl)
