import '@fontsource-variable/figtree/wght.css'
import './styles/tokens.css'
import './styles/base.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { restoreSession } from './session/session.ts'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no element with the id "root".')
void restoreSession()
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
