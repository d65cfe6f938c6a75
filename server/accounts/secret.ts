import { randomBytes } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureDataDirectory } from '#db/embedded/data-directory.ts'

/**
 * The secret of an installation without BETTER_AUTH_SECRET: created once, in a file that only its
 * owner can read. Two processes that start together get the same secret.
 * @throws Error if the file has fewer than 32 characters.
 */
export async function loadOrCreateSecret(dataDir: string): Promise<string> {
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
  throw new Error(
    `${path} holds no secret of at least 32 characters. Restore the file, or delete it and sign in again.`,
  )
}
