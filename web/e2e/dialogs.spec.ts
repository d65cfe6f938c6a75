import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { it } from './fixtures.ts'
import { newTask } from './locators.ts'

async function openShortcuts(page: Page) {
  await page.goto('/')
  await newTask(page).waitFor()
  await newTask(page).blur()
  await page.keyboard.press('?')
  return page.getByRole('dialog', { name: 'Keyboard shortcuts' })
}

describe('a dialog', () => {
  it.for([320, 1440])(
    'has a button that closes it, at %i px',
    async (width, { adasPage: page }) => {
      await page.setViewportSize({ width, height: 640 })
      const dialog = await openShortcuts(page)
      await dialog.getByRole('button', { name: 'Close dialog' }).click()
      await dialog.waitFor({ state: 'detached' })
    },
  )

  it('darkens the gutter of the scroll bar too', async ({ adasPage: page }) => {
    const dialog = await openShortcuts(page)
    await dialog.waitFor()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const [beside = [], gutter = []] = await readPixels(page, [1_250, 1_278])
      // Rounding may differ by one step.
      expect(gutter.map((part, at) => Math.abs(part - (beside[at] ?? 0)) <= 1)).toEqual(
        gutter.map(() => true),
      )
      expect(gutter).toHaveLength(4)
    }
  })
})

/** The colours at the bottom of the screen, at these distances from the left. */
async function readPixels(page: Page, lefts: number[]): Promise<number[][]> {
  const png = (await page.screenshot()).toString('base64')
  return page.evaluate(
    async ([png, lefts]) => {
      const bytes = Uint8Array.from(atob(png), (character) => character.charCodeAt(0))
      const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
      const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d', {
        willReadFrequently: true,
      })
      if (!canvas) throw new Error('This browser has no 2D canvas.')
      canvas.drawImage(image, 0, 0)
      return lefts.map((left) => [...canvas.getImageData(left, image.height - 5, 1, 1).data])
    },
    [png, lefts] as const,
  )
}
