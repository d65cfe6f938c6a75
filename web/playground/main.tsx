import 'graphiql/style.css'
import '../styles/tokens.css'
import './playground.css'
import { createRoot } from 'react-dom/client'
import { restoreSession } from '../auth.ts'
import { Playground } from './playground.tsx'

const root = document.getElementById('root')
if (!root) throw new Error('playground/index.html has no element with the id "root".')
void restoreSession()
createRoot(root).render(<Playground />)
