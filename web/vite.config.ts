import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
/** Removes GraphiQL's fonts: they are data: URLs, which our content security policy refuses. */
const withoutDataFonts = {
  postcssPlugin: 'without-data-fonts',
  AtRule: {
    'font-face': (rule: { toString(): string; remove(): void }) => {
      if (rule.toString().includes('url(data:')) rule.remove()
    },
  },
}

const api = `http://127.0.0.1:${process.env.PORT ?? 4000}`

/**
 * Four pages: the client, the playground that the server shows for GET /graphql, and the templates of
 * the documentation, which server/docs-site/ fills, and of error pages, which server/http/ fills.
 * server/scripts/build.mjs builds them one by one, so that no page loads a chunk that only another
 * page needs.
 */
export default defineConfig({
  root: here('.'),
  plugins: [react()],
  resolve: { alias: { 'react-style-singleton': here('playground/style-singleton.ts') } },
  css: { postcss: { plugins: [withoutDataFonts] } },
  build: {
    outDir: here('../dist/web'),
    emptyOutDir: true,
    target: 'es2023',
    // The content security policy allows neither data: URLs nor inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // In kB. Only the playground's chunk is that large, and the task page does not load it.
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      // One script and one style sheet for the first load: on a slow connection, the round trip of
      // another file costs more than its bytes.
      output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } },
      onLog(level, log, handle) {
        // Ignores 'use client' and similar directives of published packages.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log)
      },
    },
  },
  server: {
    proxy: {
      '/api': api,
      '/health': api,
      '/mcp': api,
      '/.well-known': api,
      '/schema.graphql': api,
      '/graphql': {
        target: api,
        // The page comes from this server, so that it reloads on changes.
        bypass: ({ headers }) =>
          headers.accept?.includes('text/html') ? '/playground/index.html' : undefined,
      },
    },
  },
})
