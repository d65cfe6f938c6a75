import '@fontsource-variable/figtree/wght.css'
import '../styles/tokens.css'
import '../styles/base.css'
import './docs.css'
import { startSearch } from './search.ts'

/** The address that the documents are written with. */
const writtenOrigin = 'http://localhost:4000'

/** What is copied works here as it stands. */
for (const code of document.querySelectorAll('pre code')) {
  code.textContent = code.textContent.replaceAll(writtenOrigin, location.origin)
}

startSearch()
