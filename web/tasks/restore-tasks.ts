import { type Client, type CombinedError, stringifyDocument } from 'urql'
import { TaskItemFragment } from './task-item.tsx'

/** The limit of the API for one operation, see docs/limits.md. */
const maxAliases = 15

/** Restores tasks from the trash, in as few requests as the API allows. Undefined: all are restored. */
export async function restoreTasks(
  client: Client,
  ids: readonly string[],
): Promise<CombinedError | undefined> {
  for (let start = 0; start < ids.length; start += maxAliases) {
    const batch = ids.slice(start, start + maxAliases)
    const inputs = Object.fromEntries(batch.map((id, n) => [`i${n}`, { id }]))
    const { error } = await client.mutation(restoration(batch.length), inputs).toPromise()
    if (error) return error
  }
  return undefined
}

/** A mutation that restores so many tasks. */
function restoration(count: number): string {
  const numbers = Array.from({ length: count }, (_, n) => n)
  const parameters = numbers.map((n) => `$i${n}: RestoreTaskInput!`)
  const fields = numbers.map(
    (n) => `t${n}: restoreTask(input: $i${n}) { task { id updatedAt ...TaskItem } }`,
  )
  const operation = `mutation RestoreTasks(${parameters}) { ${fields.join(' ')} }`
  return `${operation} ${stringifyDocument(TaskItemFragment)}`
}
