import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { apiReference, scopeTable } from './reference.ts'

/** A page of /docs. */
export type Guide = {
  /** Of its address: /docs/<name>. */
  name: string
  title: string
  /** One sentence: what it is good for. */
  summary: string
  /** Whole, with its title as the first heading; its links are good under /docs. */
  markdown: string
}

const docs = join(import.meta.dirname, '../../docs')

/** In the order of the navigation. The first one is /docs itself. */
const files = [
  ['api-guide', 'What the API is, and where to read on.'],
  ['quick-start', 'From nothing to the first answer, and programs in three languages.'],
  ['tokens', 'Ways to a token, and what ends it.'],
  ['oauth', 'Let people connect their account to an app of yours.'],
  ['mcp', 'Let an assistant work with tasks.'],
  ['scopes', 'What a token may do, and how to find out what an operation needs.'],
  ['paging', 'How to read long lists.'],
  ['changing-tasks', 'Retries, concurrent edits, and what an answer promises.'],
  ['subscriptions', 'Hear of changes as they happen.'],
  ['errors', 'Every error code: when it comes, and what to do.'],
  ['limits', 'How much at once, and how much in a minute.'],
  ['gateway', 'One subgraph of several, with Apollo Federation.'],
  ['deprecation', 'How long things stay as they are, and how you hear of changes.'],
  ['changelog', 'What has changed.'],
] as const

/** The hand-written guides that there are, and the two pages that the schema writes. */
export async function readGuides(): Promise<Guide[]> {
  const written = await Promise.all(files.map(([name, summary]) => readGuide(name, summary)))
  const made = [
    guideOf('scope-table', 'Which scope opens which field.', scopeTable()),
    guideOf('reference', 'Every type, field and argument, with its access rule.', apiReference()),
  ]
  return [...written.filter((guide) => guide !== undefined), ...made]
}

async function readGuide(name: string, summary: string): Promise<Guide | undefined> {
  const text = await readFile(join(docs, `${name}.md`), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : guideOf(name, summary, text)
}

function guideOf(name: string, summary: string, text: string): Guide {
  const [, title] = /^# (.+)$/m.exec(text) ?? []
  if (title === undefined) throw new Error(`docs/${name}.md has no title.`)
  // The repository has the schema elsewhere than the site.
  const markdown = text.replaceAll('](../schema/schema.graphql)', '](/schema.graphql)')
  return { name, title, summary, markdown }
}
