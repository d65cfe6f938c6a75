import type { AsyncLocalStorage } from 'node:async_hooks'

/**
 * Disables the storage whenever no `run` is under way. As long as one storage is enabled, Node before
 * 24 calls hooks for every promise of the process: a sixth of the CPU time of a GraphQL request, which
 * uses no storage. What a callback of `run` starts and does not await loses its store, so it must not
 * need it.
 */
export function disableWhenIdle<Store>(
  storage: AsyncLocalStorage<Store>,
): AsyncLocalStorage<Store> {
  const run = storage.run.bind(storage) as Run<Store>
  let running = 0
  const end = () => {
    running--
    if (running === 0) storage.disable()
  }
  const runCounted: Run<Store> = (store, work, ...args) => {
    running++
    let result: unknown
    try {
      result = run(store, work, ...args)
    } catch (error) {
      end()
      throw error
    }
    if (result instanceof Promise) result.then(end, end)
    else end()
    return result
  }
  storage.run = runCounted as typeof storage.run
  return storage
}

type Run<Store> = (
  store: Store,
  work: (...args: unknown[]) => unknown,
  ...args: unknown[]
) => unknown
