import type { Viewer } from '#schema/context.ts'
import { countedAs } from './client-address.ts'

/** Points counted under a key. The limit is `factor` times GRAPHQL_POINTS_PER_MINUTE. */
export type PointQuota = { key: string; factor: number }

/**
 * All programs of an account (apps and scripts) together may spend as much as two of them. The page
 * has its own points, so programs cannot block the user there.
 */
const programsFactor = 2

/**
 * The quotas that a request of this caller spends from. Each client of an account has its own. A
 * caller without a token is counted by address.
 */
export function pointQuotasOf(viewer: Viewer | null, address: string): PointQuota[] {
  if (!viewer) return [{ key: countedAs(address), factor: 1 }]
  const quotas = known.get(viewer) ?? quotasOf(viewer)
  known.set(viewer, quotas)
  return quotas
}

/** The viewer is the same object as long as its token is in the cache. */
const known = new WeakMap<Viewer, PointQuota[]>()

function quotasOf(viewer: Viewer): PointQuota[] {
  const own = { key: `${viewer.clientId ?? ''} ${viewer.id}`, factor: 1 }
  if (viewer.clientId === undefined) return [own]
  return [own, { key: `all programs of ${viewer.id}`, factor: programsFactor }]
}
