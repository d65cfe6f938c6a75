import { besiege } from './siege-attacks.ts'

/* A process of its own for the attackers: what it costs them must not slow the strangers. */

const [url = ''] = process.argv.slice(2)
const ending = new AbortController()
for (const event of ['message', 'disconnect']) process.once(event, () => ending.abort())
const outcomes = await besiege(url, () => process.send?.('begun'), ending.signal)
if (process.connected) process.send?.(outcomes, () => process.exit())
else process.exit()
