import { chmod, mkdir, readdir, stat } from 'node:fs/promises'

const ownerOnly = 0o700
/** Others may pass through to what is theirs, and neither read nor write the directory. */
const passable = 0o711
const othersReadOrWrite = 0o066

/** What we put there: the cluster, a draft of it, and the secret (server/accounts/secret.ts). */
const ownNames = /^(postgres(\.new-\d+)?|secret)$/

/**
 * Makes the directory for our files, for its owner alone; with `isPassable` PostgreSQL, which runs
 * as another user, can reach its own directory in it. One that is there with more rights is
 * tightened, if it belongs to us and holds nothing of others.
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
