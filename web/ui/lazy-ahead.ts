import { type ComponentType, lazy } from 'react'

const loads = new Set<() => Promise<unknown>>()

/**
 * Like React's `lazy`, for what is not needed at once but must not be missing later: by the time
 * it is opened the server may be out of reach. `fetchAhead` has fetched it by then.
 */
export function lazyAhead<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  loads.add(load)
  return lazy(async () => ({ default: await load() }))
}

/** Never rejects: what could not be fetched now is fetched when it is opened. */
export async function fetchAhead(): Promise<void> {
  await Promise.allSettled([...loads].map((load) => load()))
}
