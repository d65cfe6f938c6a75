import { join } from 'node:path'
import { checkLayout } from './check.ts'

/* `npm run lint`: exits with 1 when a file imports, or lies, where rules.ts does not allow it. */

const faults = await checkLayout(join(import.meta.dirname, '../../..'))
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1
