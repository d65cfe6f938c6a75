import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findCalls, findProperties, findTexts, type Span } from './syntax.ts'

/** One rule removed from a source file, and the tests that must fail without it. */
export type Mutant = {
  name: string
  file: string
  /** Offset in the file at which `removed` is replaced. */
  at: number
  removed: string
  replacement: string
  tests: string[]
  /** Tested with row-level security off, which would hide a missing owner filter. */
  isWithoutRls: boolean
}

type Kind = {
  name: string
  /** Paths from the root of the repository. */
  files: RegExp
  find: (source: string) => Span[]
  replace: (removed: string) => string
  tests: string[]
  /**
   * How many the sources have. Another count is an error: a rule that was renamed would otherwise
   * drop out of the test without notice. Change it with the rules.
   */
  count: number
  isWithoutRls?: boolean
}

const statementTests = [
  ...['tasks', 'trash', 'creations', 'labels', 'filters', 'pages', 'owners'],
  ...['task-history', 'undo', 'brake', 'export'],
]
const grantTests = ['connected-apps', 'places', 'races'].map(
  (name) => `server/oauth/${name}.test.ts`,
)
const accessTests = ['server/contract/access.test.ts']
const rlsTests = ['db/as-owner.test.ts']

const kinds: Kind[] = [
  {
    name: 'owner filters',
    files: /^db\/[^/]+\.ts$/,
    find: (source) => findCalls(source, 'eq').filter(({ text }) => /^eq\(\w+\.userId,/.test(text)),
    replace: (filter) => filter.replace(/^eq\((\w+\.userId),.*$/s, 'eq($1, $1)'), // true of every row
    tests: statementTests.map((name) => `db/${name}.test.ts`),
    count: 19,
    isWithoutRls: true,
  },
  {
    name: 'user filters of grants',
    files: /^db\/app-grants\.ts$/,
    find: (source) => findTexts(source, /(?:\buser_id|"userId") = \$\d/g),
    replace: (filter) => `(${filter} or true)`,
    tests: grantTests,
    count: 5,
  },
  {
    name: 'rules of fields',
    files: /^schema\/.*\.ts$/,
    find: (source) =>
      findCalls(source, 'withAuth').filter(({ text }) => !/\(everyone\)$/.test(text)),
    replace: (call) => call.replace(/\([^()]*\)$/, '({ public: true } as const)'),
    tests: accessTests,
    count: 22,
  },
  {
    name: 'rules of nodes',
    files: /^schema\/.*\.ts$/,
    find: (source) => findProperties(source, 'rule').filter(({ text }) => /^rule: \w+$/.test(text)),
    replace: () => 'rule: { authenticated: true } as const',
    tests: accessTests,
    count: 1,
  },
  {
    name: 'rules of subscriptions',
    files: /^schema\/builder\.ts$/,
    find: (source) => findProperties(source, 'authorizeOnSubscribe'),
    replace: () => 'authorizeOnSubscribe: false',
    tests: accessTests,
    count: 1,
  },
  {
    name: 'settings of row-level security',
    files: /^db\/as-owner\.ts$/,
    find: (source) =>
      findTexts(
        source,
        /\$\{becomeRole\} is null or |set_config\('taskward\.owner', \$\{\w+\}, true\)/g,
      ),
    // The owner is still sent, so that the statement is valid without the setting.
    replace: (setting) => /^set_config.*(\$\{\w+\})/.exec(setting)?.[1]?.concat('::text') ?? '',
    tests: rlsTests,
    count: 2,
  },
  {
    name: 'policies of row-level security',
    files: /^db\/migrations\/.*\.sql$/,
    find: (sql) =>
      // Not FORCE, which each start sets where it is missing (the next kind).
      [
        ...sql.matchAll(/^(?:ALTER TABLE .* ENABLE ROW LEVEL SECURITY|CREATE POLICY .*)(?=;)/gm),
      ].map(({ index, 0: text }) => ({ at: index, text })),
    replace: () => 'SELECT 1',
    tests: rlsTests,
    count: 20,
  },
  {
    name: 'tables whose policies are forced',
    files: /^db\/row-security\.ts$/,
    find: (source) => findTexts(source, /^'task(?:s|_\w+)'$|^'labels'$|^'actor_brakes'$/g),
    replace: () => `'no table'`,
    tests: ['db/row-security.test.ts'],
    count: 7,
  },
  {
    name: 'rights and triggers of the history',
    files: /^db\/migrations\/00(?:13|24).*\.sql$/,
    find: (sql) =>
      [
        ...sql.matchAll(
          // The first record_created reads "changed", and the second one, which replaces it, "created".
          /^REVOKE .*(?=;)|REVOKE DELETE [^;]*(?=;)|^CREATE TRIGGER "(?!record_created".*AS changed)(?:begin|record)\w+"[^;]*(?=;)/gm,
        ),
      ].map(({ index, 0: text }) => ({ at: index, text })),
    replace: (text) => (text.includes('ON "tasks" FROM') ? 'NULL' : 'SELECT 1'),
    tests: ['db/history.test.ts'],
    count: 7,
  },
  {
    name: 'owner filters of functions',
    files: /^db\/migrations\/(?!001[89]).*\.sql$/, // 0021 replaces 0018; 0019: the next kind
    find: (sql) =>
      [...sql.matchAll(/user_id = owner\b/g)].map(({ index, 0: text }) => ({ at: index, text })),
    replace: () => 'user_id = user_id',
    tests: ['task-search', 'changes', 'history', 'task-counts', 'brake', 'repeat'].map(
      (name) => `db/${name}.test.ts`,
    ),
    count: 14,
  },
  {
    name: 'owner filters of undo',
    files: /^db\/(?:migrations\/00(?:19|24).*\.sql|undo(?:-labels)?\.ts)$/,
    find: (source) =>
      [
        ...source.matchAll(
          /user_id = (?:owner(?= AND undoes)|current_setting\('taskward\.owner'\)|\$\{ownerId\})/g,
        ),
      ].map(({ index, 0: text }) => ({ at: index, text })),
    replace: () => 'user_id = user_id',
    tests: ['db/undo.test.ts'],
    count: 7,
    isWithoutRls: true,
  },
  {
    name: 'owner filters of the brake',
    files: /^db\/actor-brakes\.ts$/,
    find: (source) => findTexts(source, /user_id = \$(?:1\b|\{author\.ownerId\})/g),
    replace: (filter) => `(${filter} or true)`,
    tests: ['db/brake.test.ts'],
    count: 4,
  },
  {
    name: 'trigger and calls of the brake',
    files: /^db\/migrations\/00(?:19|21|24).*\.sql$/,
    find: (sql) =>
      [...sql.matchAll(/^CREATE TRIGGER "refuse_\w+"[^;]*(?=;)|is_program\(actor\)/gm)].map(
        ({ index, 0: text }) => ({ at: index, text }),
      ),
    replace: (text) => (text.startsWith('CREATE') ? 'SELECT 1' : 'false'),
    tests: ['db/brake.test.ts'],
    count: 4,
  },
]

/** @throws Error when the sources have another number of rules of a kind than this file expects. */
export async function findMutants(root: string): Promise<Mutant[]> {
  const sources = hideReplaced(await readSources(root))
  return kinds.flatMap((kind) => {
    const mutants = sources
      .filter(({ file }) => kind.files.test(file))
      .flatMap(({ file, source }) =>
        kind.find(source).map((span) => toMutant(kind, file, source, span)),
      )
    if (mutants.length !== kind.count) {
      const found = mutants.map(({ name }) => `\n  ${name}`).join('')
      throw new Error(
        `Found ${mutants.length} ${kind.name} instead of ${kind.count}. If one was added or removed, ` +
          `change the count in server/trials/mutation/mutants.ts; if the code was renamed, change ` +
          `how it is found.${found}`,
      )
    }
    return mutants
  })
}

type Source = { file: string; source: string }

/** Blanks each SQL function that a later migration replaces, because no test could notice its mutants. */
function hideReplaced(sources: readonly Source[]): Source[] {
  const replaced = new Set<string>()
  const hide = (source: string) =>
    source.replaceAll(
      /^CREATE (?:OR REPLACE )?FUNCTION "(\w+)".*?^(?:END )?\$\$;/gms,
      (text, name) => {
        if (replaced.has(name)) return text.replaceAll(/./g, ' ')
        replaced.add(name)
        return text
      },
    )
  const hidden = sources
    .toReversed()
    .map(({ file, source }) => ({ file, source: file.endsWith('.sql') ? hide(source) : source }))
  return hidden.toReversed()
}

async function readSources(root: string): Promise<Source[]> {
  const files: string[] = []
  for (const folder of ['db', 'schema']) {
    const names = await readdir(join(root, folder), { recursive: true })
    files.push(...names.map((name) => `${folder}/${name}`))
  }
  const products = files.filter((file) => /\.(ts|sql)$/.test(file) && !/test/.test(file)).sort()
  return Promise.all(
    products.map(async (file) => ({ file, source: await readFile(join(root, file), 'utf8') })),
  )
}

function toMutant(kind: Kind, file: string, source: string, { at, text }: Span): Mutant {
  const line = source.slice(0, at).split('\n').length
  return {
    name: `${file}:${line}  ${text.replaceAll(/\s+/g, ' ')}`,
    file,
    at,
    removed: text,
    replacement: kind.replace(text),
    tests: kind.tests,
    isWithoutRls: kind.isWithoutRls ?? false,
  }
}

/** The file as the mutant has it. */
export function mutate(source: string, { at, removed, replacement }: Mutant): string {
  return source.slice(0, at) + replacement + source.slice(at + removed.length)
}

/** What enables row-level security: the role of each transaction, and the check that it has no rights beyond it. */
const rlsParts = [
  ['db/as-owner.ts', `\${becomeRole} is null or `],
  ['db/app-role.ts', 'if (rows[0]?.bypasses !== false) throw new SetupFault(bypassing)'],
] as const

/** The edits that disable row-level security, by file. */
export const rlsEdits = rlsParts.map(([file, part]) => ({
  file,
  edit: (source: string) => {
    const open = source.replace(part, '')
    if (open === source) throw new Error(`${file} has no “${part}” any more.`)
    return open
  },
}))
