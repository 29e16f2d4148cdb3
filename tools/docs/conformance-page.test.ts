import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { numberedTests, renderConformancePage } from './conformance-page.ts'
import { CONFORMANCE_RULES } from './conformance-rules.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const PAGE = join(ROOT, 'docs', 'conformance.md')

test('every line of the checklist has its test, or says why it is not offered', () => {
  const tests = numberedTests(ROOT)
  const bare = CONFORMANCE_RULES.filter(({ number, notOffered }) => notOffered === undefined && (tests.get(number) ?? []).length === 0)
  expect(bare.map(({ number, says }) => `${number}: ${says}`)).toEqual([])
})

test('tables that stand for a rule are there', () => {
  for (const { tables = [] } of CONFORMANCE_RULES) {
    for (const { file, title } of tables) expect(readFileSync(join(ROOT, file), 'utf8')).toContain(title)
  }
})

test('the conformance page is what the tests say (UPDATE_DOCS=1 rewrites it)', () => {
  const page = renderConformancePage(ROOT)
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, page)
  expect(readFileSync(PAGE, 'utf8')).toBe(page)
})
