import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium, type Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { findPeer, peerIsMissing } from '@mintmark/tools/peers'
import { sampleReport, withFolder } from '../testing.ts'
import { renderScanHtml } from './render.ts'

/** Opens the report of the sample in a real browser that is allowed no network; fails on anything that the page's own policy refuses. */
async function openReport(use: (page: Page) => Promise<void>): Promise<void> {
  const executablePath = Object.values(findPeer('chromium') ?? {})[0]
  if (executablePath === undefined) throw new Error('No browser')
  await withFolder(async (folder) => {
    const path = join(folder, 'report.html')
    await writeFile(path, renderScanHtml(await sampleReport()))
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
    try {
      const page = await browser.newPage()
      const complaints: string[] = []
      page.on('console', (message) => complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('request', (request) => request.url().startsWith('file:') || complaints.push(request.url()))
      await page.goto(pathToFileURL(path).href)
      await use(page)
      expect(complaints).toEqual([])
    } finally {
      await browser.close()
    }
  })
}

describe.skipIf(peerIsMissing('chromium'))('the page in a browser', () => {
  test('levels, words and namespaces filter; Escape clears; a row opens by keyboard', async () => {
    await openReport(async (page) => {
      const rows = page.locator('details.secret:not([hidden])')
      const all = await rows.count()
      await page.locator('button.tile.Critical').click()
      expect(await rows.count()).toBeLessThan(all)
      expect(await rows.locator('.pill').first().textContent()).toBe('Critical')
      await page.keyboard.press('/')
      await page.keyboard.type('no such thing at all')
      expect(await rows.count()).toBe(0)
      expect(await page.locator('#nothing').isVisible()).toBe(true)
      await page.keyboard.press('Escape')
      expect(await rows.count()).toBe(all)
      await page.locator('#namespace').selectOption('payments')
      const inPayments = await rows.count()
      expect(inPayments).toBeGreaterThan(0)
      expect(inPayments).toBeLessThan(all)
      await rows.first().locator('summary').focus()
      await page.keyboard.press('Enter')
      expect(await rows.first().locator('.factors').isVisible()).toBe(true)
    })
  })

  test.each([320, 390, 768, 1280])('at %i pixels nothing sticks out', async (width) => {
    await openReport(async (page) => {
      await page.setViewportSize({ width, height: 900 })
      await page.locator('#open-all').click()
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    })
  })
})
