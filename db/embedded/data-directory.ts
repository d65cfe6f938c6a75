import { chmod, mkdir, readdir, stat } from 'node:fs/promises'

const ownerOnly = 0o700
/** Other users may enter subdirectories, but neither read nor write the directory. */
const passable = 0o711
const othersReadOrWrite = 0o066

/**
 * Our own files: the cluster, a draft of it, its predecessor and the next one (upgrade.ts), and the
 * secret (server/accounts/secret.ts).
 */
const ownNames = /^(postgres(\.new-\d+|-\d+)?|upgrade|secret)$/

/**
 * Creates the directory for our files, with access for its owner only. With `isPassable`, a
 * PostgreSQL that runs as another user can also reach its own directory inside. Restricts the mode
 * of an existing directory if our user owns it and it holds only our files.
 */
export async function ensureDataDirectory(path: string, isPassable = false): Promise<void> {
  const mode = isPassable ? passable : ownerOnly
  await mkdir(path, { recursive: true, mode })
  const found = await stat(path)
  const isFit = (found.mode & othersReadOrWrite) === 0 && (found.mode & mode) === mode
  if (isFit || found.uid !== process.getuid?.()) return
  const names = await readdir(path)
  if (names.every((name) => ownNames.test(name))) await chmod(path, mode)
}
