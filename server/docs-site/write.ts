import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readGuides, readLinkedFiles } from './guides.ts'
import { buildSite } from './site.ts'

/** Called by server/scripts/build.mjs with the folder of the built client, which contains the template. */
const folder = process.argv[2]
if (folder === undefined) throw new Error('Usage: write.ts <folder of the built client>')
const templateFile = join(folder, 'docs/template.html')
const site = buildSite(
  await readGuides(),
  await readFile(templateFile, 'utf8'),
  await readLinkedFiles(),
)
await rm(templateFile)
for (const { path, content } of site) {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), content)
}
