import { randomBytes } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureDataDirectory } from '#db/embedded/data-directory.ts'

/**
 * The secret of a machine without BETTER_AUTH_SECRET: made once, kept for its owner's eyes only.
 * Two processes that start together end up with the same one.
 */
export async function keptSecret(dataDir: string): Promise<string> {
  const path = join(dataDir, 'secret')
  await ensureDataDirectory(dataDir)
  try {
    const file = await open(path, 'wx', 0o600)
    await file.writeFile(randomBytes(32).toString('base64url'))
    await file.sync()
    await file.close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const secret = await readFile(path, 'utf8')
  if (secret.length >= 32) return secret
  throw new Error(`${path} holds no secret. Restore it, or delete it and sign in anew.`)
}
