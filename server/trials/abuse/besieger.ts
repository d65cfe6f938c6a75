import { besiege } from './siege-attacks.ts'

/* Runs the attackers in a separate process, so that their CPU does not slow the honest users. */

const [url = ''] = process.argv.slice(2)
const ending = new AbortController()
for (const event of ['message', 'disconnect']) process.once(event, () => ending.abort())
const outcomes = await besiege(url, () => process.send?.('begun'), ending.signal)
if (process.connected) process.send?.(outcomes, () => process.exit())
else process.exit()
