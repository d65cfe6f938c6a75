import { attacks } from './attacks.ts'

/* Runs one attack in a separate process, so that its CPU does not slow the honest client. */

const [name, url = '', token = ''] = process.argv.slice(2)
const chosen = attacks.find((each) => each.name === name)
if (!chosen) throw new Error(`There is no attack "${name}".`)

const stop = new AbortController()
for (const event of ['message', 'disconnect']) process.once(event, () => stop.abort())
const target = (await chosen.prepare?.({ url, token })) ?? { url, token }
process.send?.('begun')
const outcome = await chosen.attack(target, stop.signal)
if (process.connected) process.send?.(outcome)
if (process.connected) process.disconnect()
