import type { ResponsePath } from 'graphql'

/**
 * The object or list of the response that values are written into, and where it stands in its own
 * parent. A field that fails and cannot be null replaces the nearest container that can be by null
 * (GraphQL specification §6.4.4).
 */
export type Container = {
  values: Record<string | number, unknown>
  parent: Container | undefined
  key: string | number
  isNullable: boolean
  /** True: it was replaced by null, and what happens inside no longer matters. */
  isDropped: boolean
}

/** `isNullable`: whether its place in the parent may be null. */
export function openContainer(
  values: Container['values'],
  parent: Container | undefined,
  key: string | number,
  isNullable: boolean,
): Container {
  return { values, parent, key, isNullable, isDropped: false }
}

/** Replaces the nearest container that can be null by null. */
export function drop(container: Container): void {
  container.isDropped = true
  const { parent, key, isNullable } = container
  if (!parent) return
  if (isNullable) parent.values[key] = null
  else drop(parent)
}

/** Whether the container is no longer part of the response. */
export function isDetached({ isDropped, parent }: Container): boolean {
  return isDropped || (parent !== undefined && isDetached(parent))
}

/** The keys from the response down to the container. */
export function pathOf({ parent, key }: Container): (string | number)[] {
  return parent ? [...pathOf(parent), key] : []
}

/** The path of a field, as resolvers get it. */
export function linkPath(
  container: Container,
  key: string | number,
  typename?: string,
): ResponsePath {
  const { parent } = container
  return { prev: parent && linkPath(parent, container.key), key, typename }
}
