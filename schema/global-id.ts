import { decodeGlobalID } from '@pothos/plugin-relay'

/** The id inside a global id of the given type. Undefined for any other text. Never throws. */
export function parseGlobalId(typename: string, globalId: string): string | undefined {
  const node = decodeId(globalId)
  return node?.typename === typename ? node.id : undefined
}

/** Our ids have about 60 characters; that of an app's actor contains its client id. Longer ones are not decoded. */
const maxIdLength = 1_000

/** Undefined for a text that is no global id. Never throws. */
export function decodeId(globalId: string) {
  try {
    if (globalId.length > maxIdLength) return undefined
    const node = decodeGlobalID(globalId)
    // The same Base64 has many spellings. Only the one that we return is a valid id.
    return Buffer.from(`${node.typename}:${node.id}`).toString('base64') === globalId
      ? node
      : undefined
  } catch {
    return undefined
  }
}
