import type { Page } from 'playwright-core'

/** How many pixels of the page can be reached by scrolling sideways only. */
export function measureOverflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    return Math.max(0, scrollWidth - clientWidth) // negative when the scroll bar has a gutter
  })
}
