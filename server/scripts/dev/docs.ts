import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Plugin, ViteDevServer } from 'vite'

const types: Record<string, string> = {
  '.html': 'text/html',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.txt': 'text/plain',
}

/** Serves /docs and /llms.txt from the sources, and builds them again after a change. */
export function serveDocs(root: string): Plugin {
  const folders = ['docs', 'schema', 'server/docs-site', 'web/docs'].map((path) => join(root, path))
  return {
    name: 'docs',
    configureServer(web) {
      const folder = mkdtempSync(join(tmpdir(), 'taskward-docs-'))
      web.httpServer?.once('close', () => rmSync(folder, { recursive: true }))
      let built: Promise<void> | undefined
      web.watcher.add(folders)
      web.watcher.on('all', (_event, path) => {
        if (folders.some((each) => path.startsWith(each))) built = undefined
      })
      web.middlewares.use(async ({ url = '/', headers }, response, next) => {
        const path = toFile(url.split('?', 1)[0] ?? '/')
        const type = types[extname(path)]
        if (type === undefined || !/^\/(docs|llms)/.test(path)) return next()
        built ??= buildSite(web, root, folder)
        const error = await built.then(
          () => undefined,
          (reason) => reason,
        )
        if (error) return next(error)
        const content = await readFile(join(folder, path)).catch(() => undefined)
        if (content !== undefined) {
          response.setHeader('Content-Type', `${type}; charset=utf-8`)
          return response.end(content)
        }
        if (!headers.accept?.includes('text/html')) return next()
        response.writeHead(404, { 'Content-Type': 'text/html; charset=utf-8' })
        response.end(await readFile(join(folder, 'docs/404.html')))
      })
    },
  }
}

/** As server/http/static.ts serves the built site. */
function toFile(path: string): string {
  if (/^\/docs\/?$/.test(path)) return '/docs/index.html'
  return /^\/docs\/[^.]+$/.test(path) ? `${path}.html` : path
}

/** In a process of its own: the schema can be loaded only once in each. */
async function buildSite(web: ViteDevServer, root: string, folder: string): Promise<void> {
  const template = await readFile(join(root, 'web/docs/template.html'), 'utf8')
  const page = await web.transformIndexHtml('/docs/template.html', template)
  await mkdir(join(folder, 'docs'), { recursive: true })
  await writeFile(join(folder, 'docs/template.html'), page)
  const script = join(root, 'server/docs-site/write.ts')
  await promisify(execFile)(join(root, 'node_modules/.bin/tsx'), [script, folder], { cwd: root })
}
