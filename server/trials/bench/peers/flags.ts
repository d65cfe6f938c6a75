import { parseArgs } from 'node:util'
import { type OperationName, operationNames } from './operations.ts'
import { type ServerName, serverNames } from './servers.ts'

export type Flags = {
  servers: ServerName[]
  operations: OperationName[]
  rounds: number
  requests: number
  warmUp: number
  connections: number
  /** Where to write the figures as JSON. */
  json?: string
  /** Measure the latency at 70 % of the highest throughput instead. */
  saturation: boolean
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
    },
  })
  const { quick, saturation = false } = values
  return {
    servers: parseNames(
      'servers',
      values.servers ?? (saturation ? 'taskward' : undefined),
      serverNames,
    ),
    operations: parseNames('operations', values.operations, operationNames),
    rounds: parseCount('rounds', values.rounds, quick ? 2 : 5),
    requests: parseCount('requests', values.requests, quick ? 2_000 : 5_000),
    warmUp: parseCount('warm-up', values['warm-up'], quick ? 2_000 : 20_000),
    connections: parseCount('connections', values.connections, 32),
    json: values.json,
    saturation,
  }
}

function parseNames<Name extends string>(
  flag: string,
  list: string | undefined,
  names: readonly Name[],
): Name[] {
  if (list === undefined) return [...names]
  const chosen = names.filter((name) => list.split(',').includes(name))
  if (chosen.length !== list.split(',').length)
    throw new Error(`--${flag} must be a list of these: ${names.join(',')}`)
  return chosen
}

function parseCount(flag: string, text: string | undefined, standard: number): number {
  const count = Number(text ?? standard)
  if (!Number.isInteger(count) || count < 1) throw new Error(`--${flag} must be a count from 1.`)
  return count
}
