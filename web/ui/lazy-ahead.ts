import { type ComponentType, lazy } from 'react'

const loads = new Set<() => Promise<unknown>>()

/**
 * Like React's `lazy`, for components that must open even when the server has become unreachable.
 * `fetchAhead` loads them before they are needed.
 */
export function lazyAhead<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  loads.add(load)
  return lazy(async () => ({ default: await load() }))
}

/** Never rejects: what fails to load now is loaded when it is opened. */
export async function fetchAhead(): Promise<void> {
  await Promise.allSettled([...loads].map((load) => load()))
}
