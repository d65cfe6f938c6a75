import '@fontsource-variable/figtree/wght.css'
import 'graphiql/style.css'
import '../styles/tokens.css'
import './playground.css'
import { createRoot } from 'react-dom/client'
import { restoreSession } from '../session/session.ts'
import { receiveToken } from '../session/token-handoff.ts'
import { becomeIdentity, tryToken } from './identity.ts'
import { Playground } from './playground.tsx'

const root = document.getElementById('root')
if (!root) throw new Error('playground/index.html has no element with the id "root".')
void restoreSession()
receiveToken(async (token) => {
  const outcome = await tryToken(token)
  if (typeof outcome !== 'string') becomeIdentity(outcome)
})
createRoot(root).render(<Playground />)
