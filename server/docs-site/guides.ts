import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { apiReference, scopeTable } from './reference.ts'

/** A page of /docs. */
export type Guide = {
  /** The last part of its address, /docs/<name>. */
  name: string
  group: Group
  title: string
  /** One sentence: what the page helps to do. */
  summary: string
  /** Starts with the title as first heading. Its links are valid under /docs. */
  markdown: string
}

const docs = join(import.meta.dirname, '../../docs')

/** The groups of the navigation, in its order. */
export const groups = ['Start', 'Guides', 'Reference', 'Operate'] as const
type Group = (typeof groups)[number]

type Entry = readonly [name: string, summary: string]

/** In the order of the navigation. The first one is served at /docs itself. */
const files: Record<Group, readonly Entry[]> = {
  Start: [
    ['api-guide', 'Overview of the API and its guides.'],
    ['quick-start', 'Get a token and send the first query; programs in Python and TypeScript.'],
    ['typed-client', 'A TypeScript program whose documents the compiler checks.'],
    ['relay', 'Read, change and follow tasks with Relay.'],
  ],
  Guides: [
    ['tokens', 'Access tokens, token exchange, and what ends a token.'],
    ['oauth', 'Let users connect your app to their account.'],
    ['mcp', 'Connect an assistant by the Model Context Protocol.'],
    ['verify-tokens', 'Accept Taskward’s tokens in your own backend.'],
    ['changing-tasks', 'Retry mutations and detect concurrent edits.'],
    ['paging', 'Read long lists page by page.'],
    ['subscriptions', 'Receive changes as they happen.'],
    ['sync', 'Keep a complete copy of the tasks.'],
  ],
  Reference: [
    ['reference', 'Every type, field and argument, with its access rule.'],
    ['scopes', 'What a token may do, and which scopes an operation needs.'],
    ['scope-table', 'Which scope gives access to which field.'],
    ['errors', 'Every error code: its cause, and what to do.'],
    ['limits', 'Size limits, rate limits, and what an operation costs.'],
    ['deprecation', 'How long the API stays stable, and how you learn of changes.'],
    ['changelog', 'What has changed in the API.'],
  ],
  Operate: [
    ['deploy', 'Deploy Taskward with a container, systemd or a platform.'],
    ['operations', 'Variables, health checks, backups, users and the log.'],
    ['gateway', 'Use Taskward as a subgraph, with Apollo Federation.'],
  ],
}

/** Pages that are generated from the schema. */
const generated: Record<string, () => string> = {
  reference: apiReference,
  'scope-table': scopeTable,
}

/** The written guides, and those that are generated. A file that does not exist is left out. */
export async function readGuides(): Promise<Guide[]> {
  const entries = groups.flatMap((group) => files[group].map((entry) => ({ group, entry })))
  const guides = entries.map(async ({ group, entry: [name, summary] }) => {
    const text = generated[name]?.() ?? (await readText(`${name}.md`))
    return text === undefined ? undefined : createGuide({ name, group, summary }, text)
  })
  return (await Promise.all(guides)).filter((guide) => guide !== undefined)
}

/** Files that the guides link to, under /docs/files/. As text, so that a browser shows them. */
export async function readLinkedFiles(): Promise<{ path: string; content: string }[]> {
  const names = ['deploy/Containerfile', 'deploy/compose.yaml', 'deploy/taskward.service']
  const paths = [...names, 'deploy/nginx.conf', 'deploy/Caddyfile', '../.env.example']
  const read = paths.map(async (path) => ({
    path: toFilePath(path),
    content: await readText(path),
  }))
  return (await Promise.all(read)).flatMap(({ path, content }) =>
    content === undefined ? [] : [{ path, content }],
  )
}

/** The path on the site, relative to its root. */
function toFilePath(path: string): string {
  return `docs/files/${path.replace(/^.*\/\.?/, '')}.txt`
}

function readText(path: string): Promise<string | undefined> {
  return readFile(join(docs, path), 'utf8').catch(() => undefined)
}

function createGuide(about: Omit<Guide, 'title' | 'markdown'>, text: string): Guide {
  const [, title] = /^# (.+)$/m.exec(text) ?? []
  if (title === undefined) throw new Error(`docs/${about.name}.md has no title.`)
  return { ...about, title, markdown: toSiteLinks(text) }
}

/**
 * In the repository, links lead to its files, and to pages of a Taskward that runs as the README says.
 * On the site they lead to the same server. The site has no decision records, so their links become text.
 */
function toSiteLinks(text: string): string {
  return text
    .replaceAll('](../schema/schema.graphql)', '](/schema.graphql)')
    .replaceAll('](http://localhost:4000/', '](/')
    .replaceAll(/\[([^\]]+)\]\(decisions\/[^)]+\)/g, '$1')
    .replaceAll(
      /\]\((deploy\/[^)]+|\.\.\/\.env\.example)\)/g,
      (_link, path) => `](/${toFilePath(path)})`,
    )
}
