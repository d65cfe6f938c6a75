import '@fontsource-variable/figtree/wght.css'
import '../styles/tokens.css'
import '../styles/base.css'
import './docs.css'
import { startSearch } from './search.ts'

/** The origin in the examples of the documentation. */
const writtenOrigin = 'http://localhost:4000'

/** Replaces it with this server's origin, so that copied commands work. */
for (const code of document.querySelectorAll('pre code')) {
  code.textContent = code.textContent.replaceAll(writtenOrigin, location.origin)
}

startSearch()
