import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { closeLater } from '../../closing.ts'

/*
 * What operators run, the same with one check less, and with two processes. The product has no switch for row-level
 * security and revocation, so a copy of the build is changed.
 */

const dist = join(import.meta.dirname, '../../../../dist')
/** Points are counted, but no client runs out of them. */
const manyPoints = { GRAPHQL_POINTS_PER_MINUTE: '2000000000' }

type Edit = [found: RegExp, written: string]
type Variant = { variables?: Record<string, string>; edits?: Edit[] }

const variants = {
  taskward: {},
  'without-rls': {
    // The statements are sent alone. PostgreSQL runs them as a superuser, without policies.
    edits: [
      [/\[\{\s*\.\.\.frame(?:\$\d)?,\s*values: \[ownerId\]\s*\}, \.\.\.statements\]/, 'statements'],
      [/(this\.callback\(null, this\.#results)\.slice\(1\)\)/, '$1)'],
    ],
  },
  'without-revocation': {
    edits: [
      [/if \(!revocation\.isCurrent\(\)\) await revocation\.becomeCurrent\(\);(?=\s*if)/, ''],
      [/if \(revocation\.isRevoked\(listTokenOrigins\(claims\)\)\) throw invalidToken\(\);/, ''],
    ],
  },
  'without-points': { variables: { GRAPHQL_POINTS_PER_MINUTE: '0' } },
  'without-log': { variables: { LOG_LEVEL: 'silent' } },
  'without-access-lines': { variables: { ACCESS_LOG: 'off' } },
  'two-processes': { variables: { PROCESSES: '2' } },
} satisfies Record<string, Variant>

export type VariantName = keyof typeof variants
export const variantNames = Object.keys(variants) as VariantName[]
/** The first one has every check, and the usual log. */
export const checkNames = variantNames.filter((name) => name !== 'two-processes')

export const isVariant = (name: string): name is VariantName => name in variants

/** The script of a variant, and its environment beside that of every server. */
export async function buildVariant(name: VariantName) {
  const { variables, edits }: Variant = variants[name]
  const folder = edits ? await copyBuild(name, edits) : join(dist, 'server')
  return { script: join(folder, 'main.js'), variables: { ...manyPoints, ...variables } }
}

/** @throws Error when the build does not contain exactly one place to change. */
async function copyBuild(name: string, edits: Edit[]): Promise<string> {
  const folder = join(dist, `server-${name}`) // beside dist/web, where the server looks for pages
  closeLater(() => rm(folder, { recursive: true, force: true }))
  await cp(join(dist, 'server'), folder, { recursive: true })
  const bundle = join(folder, 'taskward.js')
  let code = await readFile(bundle, 'utf8')
  for (const [found, written] of edits) {
    if (code.match(new RegExp(found, 'g'))?.length !== 1)
      throw new Error(`${name}: ${found} must match one place of ${bundle}. Correct variants.ts.`)
    code = code.replace(found, written)
  }
  await writeFile(bundle, code)
  return folder
}
