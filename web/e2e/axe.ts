import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type axe from 'axe-core'
import type { Page } from 'playwright-core'

declare global {
  interface Window {
    axe: typeof axe
  }
}

const source = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** The rules whose result depends on the colour scheme. */
export const colourRules = ['color-contrast', 'link-in-text-block']

type Look = {
  /** Only these rules; all of them otherwise. */
  rules?: readonly string[] | undefined
  /** Selectors of what is not ours to mend. */
  except?: string[]
}

/** What axe finds wrong with the page as it stands: rule, element, and what to mend. */
export async function findViolations(page: Page, look: Look = {}): Promise<string[]> {
  // The content security policy does not apply to what the inspector evaluates.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source)
  return page.evaluate(async ({ rules, except = [] }) => {
    const options = { resultTypes: ['violations' as const], ...(rules && { runOnly: [...rules] }) }
    const { violations } = await window.axe.run({ exclude: except }, options)
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary}`),
    )
  }, look)
}
