import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listCatalogue } from '@mintmark/ledger/detection'
import { expect, test } from 'vitest'
import { renderDetectionPage } from './detection-page.ts'

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'detection.md')

test('the page of kinds and rules is what the catalogue says (UPDATE_DOCS=1 rewrites it)', () => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, renderDetectionPage())
  expect(readFileSync(PAGE, 'utf8')).toBe(renderDetectionPage())
})

test('every rule says where its facts come from, under terms that allow them', () => {
  const rules = listCatalogue()
  expect(rules.length).toBeGreaterThan(300)
  expect(rules.filter(({ source }) => source.page === '' || !/^(?:facts|MIT|Apache-2\.0)/.test(source.licence)).map(({ rule }) => rule)).toEqual([])
})
