import type { Viewer } from '#schema/context.ts'
import { countedAs } from './client-address.ts'

/** Points that are counted under a key; at most `factor` times GRAPHQL_POINTS_PER_MINUTE a minute. */
export type PointQuota = { key: string; factor: number }

/**
 * All programs of an account together, apps and scripts, may spend what two of them may. The page
 * is not among them, so they cannot keep its person from working.
 */
const programsFactor = 2

/**
 * What a request of this caller is counted under. Each client of an account has a quota of its own.
 * A caller without a token is counted by address.
 */
export function pointQuotasOf(viewer: Viewer | null, address: string): PointQuota[] {
  if (!viewer) return [{ key: countedAs(address), factor: 1 }]
  const own = { key: `${viewer.clientId ?? ''} ${viewer.id}`, factor: 1 }
  if (viewer.clientId === undefined) return [own]
  return [own, { key: `all programs of ${viewer.id}`, factor: programsFactor }]
}
