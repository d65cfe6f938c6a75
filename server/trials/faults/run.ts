import { killPostgres, killTaskward, stopTaskward } from './faults.ts'

/*
 * `npm run test:faults [rounds]`: what is lost when machines fail while tasks are written. Uses the
 * built product as processes of its own. Ends with 1 when anything is not as it should be.
 */

const rounds = Number(process.argv[2] ?? 20)
const reports = []
for (const play of [killTaskward, killPostgres, stopTaskward]) {
  const report = await play('bundle', rounds)
  console.log(`${report.fault}: ${report.rounds} rounds, ${report.acknowledged} acknowledged`)
  reports.push(report)
}
console.table(Object.fromEntries(reports.map(({ fault, ...figures }) => [fault, figures])))
const faults = reports.flatMap(({ lost, doubled, halves, unclean, reset, badExits }) => [
  lost + doubled + halves + unclean + reset + badExits,
])
const isSlow = reports.some(({ slowestSeconds }) => slowestSeconds > 10)
if (isSlow || faults.some((count) => count > 0)) process.exitCode = 1
