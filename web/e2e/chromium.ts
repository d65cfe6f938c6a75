import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A name of this machine that is not localhost. A page of it on http is not secure. */
export const plainHost = 'taskward.test'

/** The same on every machine, and without requests to other servers than the product. */
export const chromiumArguments = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--host-resolver-rules=MAP ${plainHost} 127.0.0.1`,
]

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** CHROMIUM_PATH, else the first Chromium or Chrome on PATH. Undefined: there is none. */
export function findChromium({ CHROMIUM_PATH, PATH = '' } = process.env): string | undefined {
  if (CHROMIUM_PATH) return CHROMIUM_PATH
  const folders = [...PATH.split(delimiter), '/usr/bin']
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable)
}

/** @throws Error that says what to do when there is no browser. */
export function requireChromium(): string {
  const path = findChromium()
  if (!path) throw new Error('No Chromium found. Install chromium, or set CHROMIUM_PATH to one.')
  return path
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
