import { chromium } from 'playwright-core'
import type { TestProject } from 'vitest/node'
import { chromiumArguments, requireChromium } from './chromium.ts'
import { startProduct } from './product.ts'

/** The tests of one run share the product and a browser. Each test has its own context. */
export type Running = { url: string; browserEndpoint: string }

declare module 'vitest' {
  interface ProvidedContext {
    running: Running
  }
}

export async function setup(project: TestProject) {
  const executablePath = requireChromium()
  const product = await startProduct()
  const browser = await chromium.launchServer({ executablePath, args: chromiumArguments })
  project.provide('running', { url: product.url, browserEndpoint: browser.wsEndpoint() })
  return async () => {
    await browser.close()
    await product.dispose()
  }
}
