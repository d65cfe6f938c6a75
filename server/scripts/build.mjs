import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { isSource, sources } from './sources.mjs'

/*
 * Builds `dist/server` (main.js checks the version of Node and loads the one file taskward.js; the
 * migrations are beside it) and `dist/web`. With --if-stale it
 * does so only when a source has changed since, which is how `npm start` calls it: until then
 * nothing but node: modules and the list of sources is loaded, and nothing is written.
 */

const requireNode = 'server/scripts/require-node.cjs'
const root = join(import.meta.dirname, '../..')
const dist = join(root, 'dist')
const draft = join(dist, '.draft')
const lock = join(dist, '.lock')
const fingerprintFile = join(dist, 'fingerprint')

const onlyIfStale = process.argv.includes('--if-stale')
const logLevel = onlyIfStale ? 'error' : 'warn' // users of npm start cannot act on a warning
try {
  if (!onlyIfStale || (await isStale())) await withLock(build)
} catch (error) {
  console.error(`Taskward was not built.\n${error.message}`)
  if (!existsSync(join(root, 'node_modules/vite')))
    console.error('Building needs the development packages: run npm ci without --omit=dev.')
  process.exitCode = 1
}

async function build() {
  if (onlyIfStale && !(await isStale())) return // another start has built it while we waited
  const fingerprint = await takeFingerprint()
  console.log('Building Taskward (once, until a source changes)…')
  await rm(draft, { recursive: true, force: true })
  await generate()
  await bundleServer()
  await bundleClient()
  await replaceDist()
  await writeFile(fingerprintFile, fingerprint)
}

async function isStale() {
  const built = await readFile(fingerprintFile, 'utf8').catch(() => undefined)
  return built !== (await takeFingerprint())
}

async function takeFingerprint() {
  const files = (await Promise.all(sources.map(listFiles))).flat().sort()
  const contents = await Promise.all(files.map((file) => readFile(join(root, file))))
  const hash = createHash('sha256')
  for (const [i, file] of files.entries())
    hash.update(`${file}\0${contents[i].length}\0`).update(contents[i])
  return hash.digest('hex')
}

async function listFiles(path) {
  if (path.includes('.')) return [path]
  const entries = await readdir(join(root, path), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter(isSource)
}

function generate() {
  return run('npm', ['run', '--silent', 'generate'])
}

async function run(command, args) {
  const options = { cwd: root, maxBuffer: 2 ** 26 }
  await promisify(execFile)(command, args, options).catch((error) => {
    throw new Error(`${error.stdout}${error.stderr}`)
  })
}

async function bundleServer() {
  const { build } = await import('vite')
  await build({
    root,
    configFile: false,
    logLevel,
    // Packages that require() graphql and packages that import it would get a copy each, and
    // errors of the other copy would not be recognised.
    resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
    ssr: { noExternal: true, external: ['pg-native'] },
    build: {
      ssr: 'server/main.ts',
      outDir: join(draft, 'server'),
      target: 'node20',
      rolldownOptions: {
        output: { entryFileNames: 'taskward.js', codeSplitting: false, comments: false },
        plugins: [{ name: 'ascii', generateBundle: escapeNonAscii }],
      },
    },
  })
  // Static imports are parsed before anything runs, dynamic ones afterwards.
  await cp(join(root, requireNode), join(draft, 'server', basename(requireNode)))
  const entry = `import './${basename(requireNode)}'\nimport('./taskward.js')\n`
  await writeFile(join(draft, 'server/main.js'), entry)
  await cp(join(root, 'db/migrations'), join(draft, 'server/migrations'), { recursive: true })
}

/**
 * V8 keeps the source in memory, with two bytes for each character if one of them is not Latin-1. The
 * escape means the same in strings, regular expressions, templates and identifiers.
 */
function escapeNonAscii(_options, bundle) {
  for (const chunk of Object.values(bundle)) {
    chunk.code = chunk.code.replace(
      /[^\0-\x7f]/g, // without the flag u: each half of a pair by itself
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
  }
}

async function bundleClient() {
  process.env.NODE_ENV = 'production' // or React would be bundled with its development checks
  const { build } = await import('vite')
  const outDir = join(draft, 'web')
  for (const page of [
    'index.html',
    'playground/index.html',
    'docs/template.html',
    'error/template.html',
  ]) {
    const rolldownOptions = { input: join(root, 'web', page) }
    await build({
      configFile: join(root, 'web/vite.config.ts'),
      logLevel,
      build: { outDir, emptyOutDir: false, rolldownOptions },
    })
  }
  // No address shows it by itself: see server/http/navigation-errors.ts.
  await rename(join(outDir, 'error/template.html'), join(outDir, '.error.html'))
  await run(join(root, 'node_modules/.bin/tsx'), ['server/docs-site/write.ts', outDir])
  const files = await readdir(outDir, { recursive: true })
  await Promise.all(
    files.filter((file) => /\.(js|css|html|svg|json|md|txt)$/.test(file)).map(compress),
  )
}

/** Compressed at build time, so that no request waits for compression. */
async function compress(file) {
  const path = join(draft, 'web', file)
  const content = await readFile(path)
  await writeFile(`${path}.gz`, gzipSync(content, { level: 9 }))
  await writeFile(`${path}.br`, brotliCompressSync(content))
}

// Without a fingerprint dist counts as stale, so a kill in the middle only means another build.
async function replaceDist() {
  await rm(fingerprintFile, { force: true })
  for (const part of ['server', 'web']) {
    await rm(join(dist, part), { recursive: true, force: true })
    await rename(join(draft, part), join(dist, part))
  }
  await rm(draft, { recursive: true })
}

async function withLock(work) {
  await mkdir(dist, { recursive: true })
  for (const giveUpAt = Date.now() + 180_000; !(await takeLock()); await sleep(100)) {
    if (Date.now() > giveUpAt) {
      throw new Error(`Another build does not end. If there is none, delete ${lock}.`)
    }
  }
  try {
    await work()
  } finally {
    await rm(lock, { force: true })
  }
}

async function takeLock() {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    const holder = Number(await readFile(lock, 'utf8').catch(() => ''))
    if (holder > 0 && !isAlive(holder)) await rm(lock, { force: true })
    return false
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}
