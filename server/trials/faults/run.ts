import { killPostgres, killTaskward, stopTaskward } from './faults.ts'

/*
 * `npm run test:faults [rounds]`: counts lost changes when processes are killed under writes. Runs the
 * built application in separate processes. Exits with 1 if there is any fault.
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
