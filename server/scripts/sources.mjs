/** Folders and files that the build reads. */
export const sources = [
  'db',
  'docs',
  'schema',
  'server',
  'web',
  'package-lock.json',
  'codegen.ts',
  'tsconfig.json',
  '.env.example',
]

/** Of those, what no build depends on: tests, trials and commands; what the build makes by itself. */
const leftOut = [
  /\.(test|spec)\.tsx?$/,
  /^\w+\/(testing|trials|e2e)\//,
  /^server\/scripts\/(?!build\.mjs$|sources\.mjs$|require-node\.cjs$)/,
  /^web\/gql\//,
  /^schema\/schema\.graphql$/,
  /^docs\/(decisions\/|.*\.png$)/,
]

/** Whether a change of the file makes the last build stale. `file`: its path from the root. */
export function isSource(file) {
  return !leftOut.some((pattern) => pattern.test(file))
}
