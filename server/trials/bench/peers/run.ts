import { writeFile } from 'node:fs/promises'
import { findFreePort } from '#db/embedded/free-port.ts'
import { closeAll, closeLater, isClosing } from '../../closing.ts'
import { describeMachine } from '../latency/report.ts'
import { pinProcesses } from './cores.ts'
import { findPostmaster } from './cpu.ts'
import { openBenchDatabase } from './database.ts'
import { type Flags, parseFlags } from './flags.ts'
import { checkServer } from './gate.ts'
import { installPeers } from './install.ts'
import { startLoad } from './load.ts'
import { type Bench, type Measured, measure, prepareLoad } from './measure.ts'
import { describeProcesses } from './processes.ts'
import { describe } from './report.ts'
import { describeSaturation } from './saturation.ts'
import { type Server, startServer } from './servers.ts'
import { addDeepPages, listOpenTasks } from './subjects.ts'

/*
 * `npm run bench`: compares the CPU per request of Taskward with that of other servers; see README.md.
 * It runs without the tsx command, which kills a process that needs time to stop.
 */

const flags = parseFlags()
installPeers()
if (flags.measure !== 'saturation') pinProcesses()
try {
  console.log(describeMachine())
  const bench = await openBench(flags)
  const servers = await startServers(bench, flags)
  await { cpu: compare, saturation: saturate, processes: compareProcesses }[flags.measure](
    bench,
    servers,
    flags,
  )
} catch (error) {
  if (!isClosing()) console.error(error)
  process.exitCode = 1
} finally {
  await closeAll()
}

async function compare(bench: Bench, servers: Server[], flags: Flags): Promise<void> {
  await runRounds(bench, servers, flags, 'warm-up', Math.ceil(flags.warmUp / flags.requests))
  const measured = await runRounds(bench, servers, flags, 'round', flags.rounds)
  console.log(describe(measured, flags.servers, flags.operations))
  if (flags.json) await writeFile(flags.json, `${JSON.stringify(measured, null, 1)}\n`)
}

async function saturate(bench: Bench, servers: Server[], { operations, warmUp }: Flags) {
  for (const server of servers)
    console.log(await describeSaturation({ ...bench, warmUp }, server, operations))
}

async function compareProcesses(
  bench: Bench,
  servers: Server[],
  { operations, rounds, warmUp }: Flags,
): Promise<void> {
  console.log(await describeProcesses({ ...bench, warmUp }, servers, operations, rounds))
}

async function openBench({ connections, requests }: Flags): Promise<Bench & { port: number }> {
  const port = await findFreePort()
  const database = await openBenchDatabase(`http://localhost:${port}`)
  closeLater(database.close)
  const load = startLoad()
  closeLater(load.stop)
  const postmaster = await findPostmaster(database.pool)
  return { database, postmaster, load, connections, count: requests, port }
}

/** @throws Error that lists what is wrong with the answers of the servers. */
async function startServers(
  bench: Bench & { port: number },
  { servers: names, operations, requests }: Flags,
): Promise<Server[]> {
  const { database, port } = bench
  const open = await listOpenTasks(database.pool, requests)
  const servers: Server[] = []
  const faults: string[] = []
  for (const name of names) {
    // The issuer of the tokens is Taskward's URL.
    const ownPort = name === 'taskward' ? port : await findFreePort()
    const server = await startServer(name, ownPort, database.environment)
    closeLater(server.stop)
    servers.push(server)
    const subjects = await addDeepPages(database, server, open)
    faults.push(...(await checkServer(server, database, subjects)))
    for (const operation of operations) await prepareLoad(bench, server, operation, subjects)
  }
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return servers
}

/** In each round every server does every operation, so that other load affects all of them alike. */
async function runRounds(
  bench: Bench,
  servers: Server[],
  { operations }: Flags,
  what: string,
  count: number,
): Promise<Measured[]> {
  const measured: Measured[] = []
  for (let round = 0; round < count; round++) {
    for (const operation of operations) {
      for (const server of servers) measured.push(await measure(bench, server, operation, round))
    }
    console.error(`${what} ${round + 1} of ${count}`)
  }
  return measured
}
