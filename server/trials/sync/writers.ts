import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '#db/testing/random.ts'
import { ask, type Owner } from './owners.ts'

/** Max operations in one request, so that a trial of 100,000 changes is not about HTTP. */
const maxBatch = 8
/** The writers of an owner change the same tasks. */
const maxKnown = 300

type Writing = { owner: Owner; urls: readonly string[]; seed: number; isOver: () => boolean }

/** The ids that the writers of one owner have seen, in no order. */
const known = new WeakMap<Owner, string[]>()

/** Writes random changes, one request after the other, to any instance, until it is over. */
export async function write({ owner, urls, seed, isOver }: Writing): Promise<void> {
  const random = seededRandom(seed)
  const pick = <T>(values: readonly T[]): T | undefined =>
    values[Math.floor(random() * values.length)]
  const ids = known.get(owner) ?? []
  known.set(owner, ids)

  function mutation(n: number): string {
    const id = pick(ids)
    const kind = random()
    const title = `Task ${seed} ${Math.floor(random() * 1e6)}`
    if (id === undefined || kind < 0.25) {
      const labels = random() < 0.3 ? ', labels: ["Home", "Work"]' : ''
      return `c${n}: createTask(input: { title: "${title}"${labels} }) { task { id } }`
    }
    if (kind < 0.5) {
      const priority = pick(['LOW', 'MEDIUM', 'HIGH'])
      return `m${n}: updateTask(input: { id: "${id}", title: "${title}", priority: ${priority} }) { task { id } }`
    }
    if (kind < 0.62) return `m${n}: completeTask(input: { id: "${id}" }) { task { id } }`
    if (kind < 0.72) return `m${n}: reopenTask(input: { id: "${id}" }) { task { id } }`
    if (kind < 0.84) return `m${n}: deleteTask(input: { id: "${id}" }) { deletedTaskId }`
    if (kind < 0.92) return `m${n}: restoreTask(input: { id: "${id}" }) { task { id } }`
    if (kind < 0.998) return `m${n}: purgeTask(input: { id: "${id}" }) { purgedTaskId }`
    return `m${n}: deleteCompletedTasks { deletedTaskIds }`
  }

  function note(data: Record<string, { task?: { id: string } } | null>): void {
    for (const [name, payload] of Object.entries(data)) {
      if (!name.startsWith('c') || !payload?.task) continue
      if (ids.length < maxKnown) ids.push(payload.task.id)
      else ids[Math.floor(random() * ids.length)] = payload.task.id
    }
  }

  while (!isOver()) {
    const count = 1 + Math.floor(random() * maxBatch)
    const fields = Array.from({ length: count }, (_, n) => mutation(n))
    try {
      const url = pick(urls) ?? ''
      const { data } = await ask<Parameters<typeof note>[0]>(
        url,
        owner,
        `mutation { ${fields.join(' ')} }`,
      )
      if (data) note(data)
    } catch {
      await sleep(50) // an instance was killed, or the database restarts
    }
  }
}
