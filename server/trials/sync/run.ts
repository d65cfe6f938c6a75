import { parseArgs } from 'node:util'
import { runTrial } from './trial.ts'

/*
 * `npm run test:sync [-- --changes 100000 --writers 20 --owners 5 --followers 50 --kills 20
 * --restarts 1 --cuts 10]`: programs keep copies of tasks, by the feed and by streams, while writers
 * write and instances, the database and the listening connections are killed. Runs the built
 * application. Exits with 1 if a copy is not equal to the table, or has seen a gap or a repetition.
 */

const { values } = parseArgs({
  options: {
    changes: { type: 'string', default: '100000' },
    owners: { type: 'string', default: '5' },
    writers: { type: 'string', default: '20' },
    followers: { type: 'string', default: '50' },
    kills: { type: 'string', default: '20' },
    restarts: { type: 'string', default: '1' },
    cuts: { type: 'string', default: '10' },
  },
})
const report = await runTrial('bundle', {
  changes: Number(values.changes),
  owners: Number(values.owners),
  writers: Number(values.writers),
  followers: Number(values.followers),
  kills: Number(values.kills),
  restarts: Number(values.restarts),
  cuts: Number(values.cuts),
})
console.log(report)
const { gaps, repetitions, wrong, late, refusals } = report
if (gaps + repetitions + wrong + late + refusals.length > 0) process.exitCode = 1
