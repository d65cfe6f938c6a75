import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { transactionAs } from '../as-owner.ts'
import { type Database, openDatabase } from '../client.ts'
import { migrate } from '../migrate.ts'
import { countTasks } from '../task-lists.ts'
import { seededRandom } from './random.ts'
import { newTask, seedTasks } from './tasks.ts'

/*
 * `npm run bench:search`: measures a search in 10,000 tasks of one owner, and the same search with
 * `strpos`, for ordinary searches and for the worst known ones of each. The two alternate. Compare
 * the ratios: of the medians, and of each search to an ordinary one in the same text. Fails when a
 * search takes more than `maxRatio` times as long as the ordinary one.
 */

const taskCount = 10_000
const rounds = 11
/** The worst search takes 3.6 times as long as an ordinary one; with `strpos` 70 times. */
const maxRatio = 8

type Text = { title: string; description: string | null; labels: string[] }

const words =
  'the of and to in is you that it was for on are with as at be this have from or by word but what all were when we there can an each which she do how if will up other about out many then them these so some her would make like him into time has look two more write go see number way could people my than first water been call who oil its now find long down day did get come made may part meeting notes plan review budget report garden plants'.split(
    ' ',
  )
const random = seededRandom(3)
const prose = (length: number) => {
  let text = ''
  while (text.length < length) text += `${words[Math.floor(random() * words.length)]} `
  return text.slice(0, length)
}
const repeated = (part: string) => (): Text => ({
  title: part.repeat(Math.floor(255 / [...part].length)),
  description: part.repeat(Math.floor(2000 / [...part].length)),
  labels: Array.from({ length: 10 }, (_, n) => part.repeat(48).slice(0, 48) + n),
})

/** The first search of each case is the ordinary one. */
const cases: { name: string; text: () => Text; searches: string[] }[] = [
  {
    name: 'titles',
    text: () => ({ title: prose(40), description: null, labels: ['Work'] }),
    searches: ['xylophone', 'zq'],
  },
  ...[100, 600, 2000].map((length) => ({
    name: `prose of ${length}`,
    text: () => ({ title: prose(40), description: prose(length), labels: ['Work', 'Home'] }),
    searches: ['xylophone', 'zq', 'meeting zebra', `${prose(200)}!`],
  })),
  {
    name: 'a repeated',
    text: repeated('a'),
    searches: [
      'xylophone',
      'baaa',
      `b${'a'.repeat(254)}`,
      `${'a'.repeat(254)}b`,
      `${'a'.repeat(127)}b${'a'.repeat(127)}`,
    ],
  },
  {
    name: 'ab repeated',
    text: repeated('ab'),
    searches: ['xylophone', `bb${'ab'.repeat(126)}`, `${'ab'.repeat(126)}aa`],
  },
  {
    name: '4 bytes repeated',
    text: repeated('🎉'),
    searches: ['xylophone', `🎊${'🎉'.repeat(254)}`, `${'🎉'.repeat(254)}🎊`],
  },
]

let worstRatio = 0
const dataDir = await mkdtemp(join(tmpdir(), 'taskward-bench-'))
const database = await openDatabase({ dataDir, log: pino({ level: 'silent' }) })
try {
  console.log(`${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)} at the start`)
  await migrate(database)
  for (const benchCase of cases) await measure(database, benchCase)
  if (worstRatio > maxRatio) {
    console.error(`A search takes ${worstRatio.toFixed(1)} times as long as an ordinary one.`)
    process.exitCode = 1
  }
} finally {
  await database.close()
  await rm(dataDir, { recursive: true })
}

async function measure({ db, pool }: Database, { name, text, searches }: (typeof cases)[number]) {
  for (let written = 0; written < taskCount; written += 500) {
    const batch = Array.from({ length: 500 }, () => newTask(text()))
    await seedTasks(db, name, batch)
  }
  await pool.query('vacuum analyze tasks')
  let ordinary = { strpos: 0, bytes: 0 }
  for (const [index, search] of searches.entries()) {
    const times = { strpos: [] as number[], bytes: [] as number[] }
    for (let round = 0; round < rounds; round++) {
      times.strpos.push(await timeMs(() => countByStrpos(database, name, search).catch(() => 0)))
      times.bytes.push(await timeMs(() => countTasks(db, name, { search })))
    }
    const strpos = median(times.strpos)
    const bytes = median(times.bytes)
    if (index === 0) ordinary = { strpos, bytes }
    worstRatio = Math.max(worstRatio, bytes / ordinary.bytes)
    const shown = search.length > 16 ? `${search.slice(0, 12)}… (${[...search].length})` : search
    console.log(
      `${name}, ${shown}: strpos ${strpos.toFixed(0)} ms (${(strpos / ordinary.strpos).toFixed(1)} × ordinary), ` +
        `bytes ${bytes.toFixed(0)} ms (${(bytes / ordinary.bytes).toFixed(1)} × ordinary); ratio ${(bytes / strpos).toFixed(2)}`,
    )
  }
}

function countByStrpos({ db }: Database, ownerId: string, search: string) {
  const count = sql`select count(*) from tasks where user_id = ${ownerId} and (
    strpos(title_key, ${search}) > 0 or strpos(description_key, ${search}) > 0 or
    strpos(array_to_string(label_keys, 'A'), ${search}) > 0)`
  return transactionAs(db, ownerId, (tx) => tx.execute(count).execute())
}

async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
