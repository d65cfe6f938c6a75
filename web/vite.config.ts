import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
/** GraphiQL carries its fonts as data: URLs, which our content security policy refuses. */
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
 * Three pages: the client, the playground that the server shows for GET /graphql, and the frame of
 * the documents, which server/docs-site/ fills. They are built one after the other
 * (server/scripts/build.mjs), so that none fetches what only another one needs.
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
    // Only the playground's own chunk is that large; nobody waits for it to see their tasks.
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      // What a page needs at once, in one script and one style sheet: on a slow connection each
      // further file costs more than its few bytes.
      output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } },
      onLog(level, log, handle) {
        // Meant for React's compiler, which has already been there when the package was published.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log)
      },
    },
  },
  server: {
    proxy: {
      '/api': api,
      '/health': api,
      '/docs': api, // as last built
      '/llms': api,
      '/mcp': api,
      '/.well-known': api,
      '/schema.graphql': api,
      '/graphql': {
        target: api,
        // Shown by this server, so that it reloads while it is worked on.
        bypass: ({ headers }) =>
          headers.accept?.includes('text/html') ? '/playground/index.html' : undefined,
      },
    },
  },
})
