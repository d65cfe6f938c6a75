import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** One place at which a wall has a hole, and the tests that must notice it. */
export type Mutant = {
  name: string
  file: string
  /** Replaces `removed` where it begins in the file. */
  at: number
  removed: string
  replacement: string
  tests: string[]
  /** With the second wall taken away, which would hide the hole. */
  isWithoutRls: boolean
}

type Kind = {
  /** Of files, from the root. */
  files: RegExp
  hole: RegExp
  replacement: string
  tests: string[]
  isWithoutRls?: boolean
}

const statementTests = ['tasks', 'creations', 'labels', 'filters', 'pages', 'owners']
const accessTests = ['server/contract/access.test.ts']
const rlsTests = ['db/as-owner.test.ts']

const kinds: Kind[] = [
  {
    files: /^db\/[^/]+\.ts$/,
    hole: /\beq\((\w+)\.userId, (?:placeholder\('ownerId'\)|ownerId)\)/g,
    replacement: 'eq($1.userId, $1.userId)', // as true of everybody's rows
    tests: statementTests.map((name) => `db/${name}.test.ts`),
    isWithoutRls: true,
  },
  {
    files: /^schema\/.*\.ts$/,
    hole: /(?<=\bt\.withAuth\()(?!everyone)\w+(?=\))/g,
    replacement: '{ public: true } as const',
    tests: accessTests,
  },
  {
    files: /^schema\/.*\.ts$/,
    hole: /(?<=^ {2}rule: )\w+(?=,$)/gm, // of a type of node
    replacement: '{ authenticated: true } as const',
    tests: accessTests,
  },
  {
    files: /^schema\/builder\.ts$/,
    hole: /authorizeOnSubscribe: true/g,
    replacement: 'authorizeOnSubscribe: false',
    tests: accessTests,
  },
  {
    files: /^db\/as-owner\.ts$/,
    hole: /\$\{becomeRole\}; |set local taskward\.owner = \$\{pg\.escapeLiteral\(ownerId\)\}/g,
    replacement: '',
    tests: rlsTests,
  },
  {
    files: /^db\/migrations\/.*\.sql$/,
    hole: /^(?:ALTER TABLE .* ROW LEVEL SECURITY|CREATE POLICY .*)(?=;)/gm,
    replacement: 'SELECT 1',
    tests: rlsTests,
  },
]

export async function findMutants(root: string): Promise<Mutant[]> {
  const mutants: Mutant[] = []
  for (const folder of ['db', 'schema']) {
    for (const name of (await readdir(join(root, folder), { recursive: true })).sort()) {
      const file = `${folder}/${name}`
      if (!/\.(ts|sql)$/.test(file) || /test/.test(file)) continue
      const source = await readFile(join(root, file), 'utf8')
      mutants.push(...kinds.flatMap((kind) => findHoles(kind, file, source)))
    }
  }
  return mutants
}

function findHoles(kind: Kind, file: string, source: string): Mutant[] {
  const { files, hole, replacement, tests, isWithoutRls = false } = kind
  if (!files.test(file)) return []
  return [...source.matchAll(hole)].map(({ index, 0: removed, 1: table = '' }) => ({
    name: `${file}:${source.slice(0, index).split('\n').length}  ${removed}`,
    file,
    at: index,
    removed,
    replacement: replacement.replaceAll('$1', table),
    tests,
    isWithoutRls,
  }))
}

/** The file as the mutant has it. */
export function mutate(source: string, { at, removed, replacement }: Mutant): string {
  return source.slice(0, at) + replacement + source.slice(at + removed.length)
}

/** db/as-owner.ts without the second wall: statements run as whoever connects, and see everything. */
export function disableRls(source: string): string {
  const open = source.replace(`\${becomeRole}; `, '')
  if (open === source) throw new Error('db/as-owner.ts does not set the role as it used to.')
  return open
}
