import { attacks } from './attacks.ts'

/* A process of its own for one attack: what it costs the attacker must not slow the honest. */

const [name, url = '', token = ''] = process.argv.slice(2)
const chosen = attacks.find((each) => each.name === name)
if (!chosen) throw new Error(`There is no attack "${name}".`)

const ending = new AbortController()
for (const event of ['message', 'disconnect']) process.once(event, () => ending.abort())
const target = (await chosen.prepare?.({ url, token })) ?? { url, token }
process.send?.('begun')
const outcome = await chosen.attack(target, ending.signal)
if (process.connected) process.send?.(outcome)
if (process.connected) process.disconnect()
