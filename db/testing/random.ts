/**
 * The seed of the random tests. Each such test has it in its name; TEST_SEED repeats a run that
 * failed. Default: a new one for each test file.
 */
export const testSeed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))

/**
 * Reads from the environment variable `name` how often a random test runs. Default: `ci` in CI, and
 * `local`, a few seconds, elsewhere.
 */
export function readRuns(name: string, { local, ci }: { local: number; ci: number }): number {
  return Number(process.env[name] ?? (process.env.CI ? ci : local))
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}
