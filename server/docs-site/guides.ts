import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { apiReference, scopeTable } from './reference.ts'

/** A page of /docs. */
export type Guide = {
  /** The last part of its address, /docs/<name>. */
  name: string
  title: string
  /** One sentence: what the page helps to do. */
  summary: string
  /** Starts with the title as first heading. Its links are valid under /docs. */
  markdown: string
}

const docs = join(import.meta.dirname, '../../docs')

/** In the order of the navigation. The first one is served at /docs itself. */
const files = [
  ['api-guide', 'Overview of the API and its guides.'],
  ['quick-start', 'Get a token and send the first query; programs in Python and TypeScript.'],
  ['typed-client', 'A TypeScript program whose documents the compiler checks.'],
  ['relay', 'Read, change and follow tasks with Relay.'],
  ['tokens', 'Access tokens, token exchange, and what ends a token.'],
  ['verify-tokens', 'Accept Taskward’s tokens in your own backend.'],
  ['oauth', 'Let users connect your app to their account.'],
  ['mcp', 'Connect an assistant by the Model Context Protocol.'],
  ['scopes', 'What a token may do, and which scopes an operation needs.'],
  ['paging', 'Read long lists page by page.'],
  ['changing-tasks', 'Retry mutations and detect concurrent edits.'],
  ['subscriptions', 'Receive changes as they happen.'],
  ['sync', 'Keep a complete copy of the tasks.'],
  ['errors', 'Every error code: its cause, and what to do.'],
  ['limits', 'Size limits, rate limits, and what an operation costs.'],
  ['gateway', 'Use Taskward as a subgraph, with Apollo Federation.'],
  ['deprecation', 'How long the API stays stable, and how you learn of changes.'],
  ['changelog', 'What has changed in the API.'],
] as const

/** The written guides, and the two pages that are generated from the schema. */
export async function readGuides(): Promise<Guide[]> {
  const written = await Promise.all(files.map(([name, summary]) => readGuide(name, summary)))
  const generated = [
    createGuide('scope-table', 'Which scope gives access to which field.', scopeTable()),
    createGuide(
      'reference',
      'Every type, field and argument, with its access rule.',
      apiReference(),
    ),
  ]
  return [...written.filter((guide) => guide !== undefined), ...generated]
}

async function readGuide(name: string, summary: string): Promise<Guide | undefined> {
  const text = await readFile(join(docs, `${name}.md`), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : createGuide(name, summary, text)
}

function createGuide(name: string, summary: string, text: string): Guide {
  const [, title] = /^# (.+)$/m.exec(text) ?? []
  if (title === undefined) throw new Error(`docs/${name}.md has no title.`)
  return { name, title, summary, markdown: toSiteLinks(text) }
}

/**
 * In the repository, links lead to its files, and to pages of a Taskward that runs as the README says.
 * On the site they lead to the same server.
 */
function toSiteLinks(text: string): string {
  return text
    .replaceAll('](../schema/schema.graphql)', '](/schema.graphql)')
    .replaceAll('](http://localhost:4000/', '](/')
}
