import { readdir, readFile } from 'node:fs/promises'
import { join, normalize } from 'node:path'
import { parseSync } from 'rolldown/utils'
import { findCircle } from './circle.ts'
import { foreignPackages, isTest, productRules, rootFiles, testRules } from './rules.ts'

type Import = { from: string; to: string; isPackage: boolean }

/** What breaks the rules of rules.ts, one sentence each; empty when nothing does. */
export async function checkLayout(root: string): Promise<string[]> {
  const files = (
    await Promise.all(['db', 'schema', 'server', 'web'].map((layer) => list(root, layer)))
  ).flat()
  const sources = files.filter((file) => /\.tsx?$/.test(file) && !file.startsWith('web/gql/'))
  const imports = (await Promise.all(sources.map((file) => readImports(root, file)))).flat()
  if (imports.length === 0) throw new Error(`No import was found in ${root}.`)
  return [
    ...imports.flatMap((each) => findFault(each) ?? []),
    ...files.filter(isMisplaced).map((file) => `${file} must lie in a folder.`),
    ...describeCircle(imports),
  ]
}

async function list(root: string, layer: string): Promise<string[]> {
  const entries = await readdir(join(root, layer), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
}

async function readImports(root: string, file: string): Promise<Import[]> {
  const source = await readFile(join(root, file), 'utf8')
  const { module, errors } = parseSync(file, source)
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`)
  const { staticImports, staticExports, dynamicImports } = module
  const requests = [
    ...staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports.flatMap(({ entries }) => entries.flatMap((e) => e.moduleRequest?.value ?? [])),
    ...dynamicImports.map(({ moduleRequest: { start, end } }) => source.slice(start + 1, end - 1)),
  ]
  return [...new Set(requests)].map((request) => toImport(file, request))
}

function toImport(from: string, request: string): Import {
  if (request.startsWith('#')) return { from, to: request.slice(1), isPackage: false }
  if (request.startsWith('.'))
    return { from, to: normalize(join(from, '..', request)), isPackage: false }
  return { from, to: request, isPackage: true }
}

function findFault({ from, to, isPackage }: Import): string | undefined {
  if (isPackage) {
    const isForeign = findRule(foreignPackages, from).some(
      (name) => to === name || to.startsWith(`${name}/`),
    )
    return isForeign ? `${from} must not import the package ${to}.` : undefined
  }
  if (folderOf(from) === folderOf(to)) return undefined
  const allowed = findRule(isTest(from) ? testRules : productRules, from)
  if (allowed.some((path) => matches(to, path))) return undefined
  return `${from} must not import ${to}: see server/scripts/layout/rules.ts.`
}

/** The entry with the longest path that the file lies under. */
function findRule(rules: Record<string, string[]>, file: string): string[] {
  const [path] = Object.keys(rules)
    .filter((folder) => file.startsWith(folder))
    .sort((a, b) => b.length - a.length)
  return path === undefined ? [] : (rules[path] ?? [])
}

function matches(file: string, path: string): boolean {
  if (path.endsWith('/*')) return folderOf(file) === path.slice(0, -1)
  return path.endsWith('/') ? file.startsWith(path) : file === path
}

const folderOf = (file: string) => file.slice(0, file.lastIndexOf('/') + 1)

function isMisplaced(file: string): boolean {
  const known = rootFiles[folderOf(file)]
  return known !== undefined && !known.includes(file.slice(folderOf(file).length))
}

/** Between folders; a file directly in a layer stands for itself. */
function describeCircle(imports: Import[]): string[] {
  const layers = ['db/', 'schema/', 'server/', 'web/']
  const nodeOf = (file: string) => (layers.includes(folderOf(file)) ? file : folderOf(file))
  const edges = imports
    .filter(({ from, isPackage }) => !isPackage && !isTest(from))
    .map(({ from, to }) => [nodeOf(from), nodeOf(to)] as const)
  const circle = findCircle(edges.filter(([from, to]) => from !== to))
  return circle ? [`Folders import each other in a circle: ${circle.join(' → ')}.`] : []
}
