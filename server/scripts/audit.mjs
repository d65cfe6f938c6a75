import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

/*
 * Fails if a package has a known vulnerability of level high or critical. Development packages
 * count: they build the product, and most of it is bundled from them. If the
 * registry has no advisories, as many mirrors, it only prints a warning.
 */

const cwd = join(import.meta.dirname, '../..')
const command = ['audit', '--audit-level=high', '--json']
const audit = await promisify(execFile)('npm', command, { cwd, maxBuffer: 2 ** 26 }).catch(
  (error) => error,
)
const report = JSON.parse(audit.stdout || '{}')
const counts = report.metadata?.vulnerabilities

if (counts === undefined) {
  console.warn(`No audit: ${report.message ?? report.error?.summary ?? audit.stderr}`)
} else {
  console.log(`Known vulnerabilities: ${JSON.stringify(counts)}`)
  process.exitCode = audit.code ?? 0
  for (const { name, severity, via } of Object.values(report.vulnerabilities)) {
    const reasons = via.map((reason) => reason.url ?? reason).join(', ')
    console.log(`${severity}: ${name} (${reasons})`)
  }
}
