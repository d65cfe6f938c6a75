import { besiege } from './siege-attacks.ts'

/* Runs the attackers in a separate process, so that their CPU does not slow the honest users. */

const [url = ''] = process.argv.slice(2)
const stop = new AbortController()
for (const event of ['message', 'disconnect']) process.once(event, () => stop.abort())
const outcomes = await besiege(url, () => process.send?.('begun'), stop.signal)
if (process.connected) process.send?.(outcomes, () => process.exit())
else process.exit()
