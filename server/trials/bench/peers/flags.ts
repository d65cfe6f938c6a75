import { parseArgs } from 'node:util'
import { type OperationName, operationNames } from './operations.ts'
import { comparedNames, type ServerName, serverNames } from './servers.ts'
import { checkNames } from './variants.ts'

export type Flags = {
  servers: ServerName[]
  operations: OperationName[]
  rounds: number
  requests: number
  warmUp: number
  connections: number
  /** Where to write the figures as JSON. */
  json?: string
  /** What to measure: CPU; or latency at 70 % of the highest throughput; or one process and two. */
  measure: 'cpu' | 'saturation' | 'processes'
}

/** @throws Error that names the flag and what it may be. */
export function parseFlags(args = process.argv.slice(2)): Flags {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean' },
      servers: { type: 'string' },
      operations: { type: 'string' },
      rounds: { type: 'string' },
      requests: { type: 'string' },
      'warm-up': { type: 'string' },
      connections: { type: 'string' },
      json: { type: 'string' },
      saturation: { type: 'boolean' },
      processes: { type: 'boolean' },
      checks: { type: 'boolean' },
    },
  })
  const { quick, saturation, processes, checks, servers } = values
  return {
    servers: servers
      ? parseNames('servers', servers, serverNames)
      : chooseServers({ saturation, processes, checks }),
    operations: parseNames('operations', values.operations, operationNames),
    rounds: parseCount('rounds', values.rounds, quick ? 2 : 5),
    requests: parseCount('requests', values.requests, quick ? 2_000 : 5_000),
    warmUp: parseCount('warm-up', values['warm-up'], quick ? 2_000 : 20_000),
    connections: parseCount('connections', values.connections, 32),
    json: values.json,
    measure: saturation ? 'saturation' : processes ? 'processes' : 'cpu',
  }
}

type Chosen = { saturation?: boolean; processes?: boolean; checks?: boolean }

function chooseServers({ saturation, processes, checks }: Chosen): ServerName[] {
  if (saturation) return ['taskward']
  if (processes) return ['taskward', 'two-processes']
  return checks ? checkNames : comparedNames
}

function parseNames<Name extends string>(
  flag: string,
  list: string | undefined,
  names: readonly Name[],
): Name[] {
  if (list === undefined) return [...names]
  const given = list.split(',')
  const chosen = given.flatMap((each) => names.filter((name) => name === each))
  if (chosen.length !== given.length)
    throw new Error(`--${flag} must be a list of these: ${names.join(',')}`)
  return chosen
}

function parseCount(flag: string, text: string | undefined, standard: number): number {
  const count = Number(text ?? standard)
  if (!Number.isInteger(count) || count < 1) throw new Error(`--${flag} must be a count from 1.`)
  return count
}
