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

type Options = {
  /** Default: all rules. */
  rules?: readonly string[] | undefined
  /** Selectors of elements that a dependency renders. */
  except?: string[]
}

/** The violations that axe finds in the current page: rule, element, and how to fix it. */
export async function findViolations(page: Page, options: Options = {}): Promise<string[]> {
  // The content security policy does not apply to what the inspector evaluates.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source)
  return page.evaluate(async ({ rules, except = [] }) => {
    const runOptions = {
      resultTypes: ['violations' as const],
      ...(rules && { runOnly: [...rules] }),
    }
    const { violations } = await window.axe.run({ exclude: except }, runOptions)
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary}`),
    )
  }, options)
}
