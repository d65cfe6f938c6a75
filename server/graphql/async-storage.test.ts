import { AsyncLocalStorage, executionAsyncId } from 'node:async_hooks'
import { setImmediate as tick } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { disableWhenIdle } from '#db/async-storage.ts'
import { it } from '../testing/test.ts'

/** Node gives promises ids only while it calls hooks for them. An earlier test may still hook some. */
async function arePromisesHooked(): Promise<boolean> {
  await Promise.resolve()
  const first = executionAsyncId()
  await Promise.resolve()
  return executionAsyncId() !== first
}

describe('a storage that is disabled when idle', () => {
  const storage = disableWhenIdle(new AsyncLocalStorage<string>())

  it('keeps the store of each run until the last run has ended', async () => {
    const read = (store: string, work: () => Promise<unknown>) =>
      storage.run(store, async () => {
        await work()
        return storage.getStore()
      })
    const nested = read('outer', () => read('inner', tick))
    const both = await Promise.all([read('short', tick), nested])
    expect(both).toEqual(['short', 'outer'])
    await expect.poll(arePromisesHooked).toBe(false)
  })

  it('is disabled after work that rejects or throws', async () => {
    const rejected = storage.run('store', async () => Promise.reject(new Error('rejected')))
    await expect(rejected).rejects.toThrow('rejected')
    const throws = () => {
      throw new Error('thrown')
    }
    expect(() => storage.run('store', throws)).toThrow('thrown')
    expect(storage.run('store', () => storage.getStore())).toBe('store')
    await expect.poll(arePromisesHooked).toBe(false)
  })
})

it('hooks no promise of GraphQL requests after requests for accounts', async ({ app, ada }) => {
  await app.request('/api/auth/get-session', { headers: { cookie: ada.cookie } })
  await expect.poll(arePromisesHooked).toBe(false)
})
