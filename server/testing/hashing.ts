import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { type MockInstance, onTestFinished, vi } from 'vitest'
import { createGate } from './gate.ts'

export type Hashing = MockInstance<typeof crypto.scrypt>

/** Records each hash of a password, with its cost, until the test has finished. */
export function recordHashing(): Hashing {
  const hashing = vi.spyOn(crypto, 'scrypt')
  syncBuiltinESMExports() // for modules that import scrypt by its name
  onTestFinished(() => {
    hashing.mockRestore()
    syncBuiltinESMExports()
  })
  return hashing
}

/** Records each hash of a password, and lets none end before `release`. */
export function holdHashing(): { hashing: Hashing; release: () => void } {
  const { opened, open } = createGate()
  onTestFinished(open)
  const scrypt = crypto.scrypt
  const hashing = recordHashing()
  hashing.mockImplementation((...args) => void opened.then(() => scrypt(...args)))
  return { hashing, release: open }
}
