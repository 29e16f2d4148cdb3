import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { chooseScan, type ChoiceFacts, type ScanChoice } from './choose.ts'
import { findCurrentContext, readCurrentContext } from './current-context.ts'

const settings = { scanSample: false, firstScan: 'auto' as const }

async function choose(facts: Partial<ChoiceFacts>, answer: ScanChoice = { scan: 'none' }): Promise<readonly [ScanChoice, boolean]> {
  let asked = false
  const choice = await chooseScan({
    settings,
    inventoryIsEmpty: async () => true,
    canAsk: true,
    currentContext: async () => 'prod',
    ask: async () => {
      asked = true
      return answer
    },
    ...facts,
  })
  return [choice, asked]
}

test.each<[string, Partial<ChoiceFacts>, ScanChoice, boolean]>([
  ['nobody can answer', { canAsk: false }, { scan: 'sample' }, false],
  ['there is no kubeconfig', { currentContext: async () => undefined }, { scan: 'sample' }, false],
  ['a person says no', {}, { scan: 'none' }, true],
  ['the inventory holds something', { inventoryIsEmpty: async () => false }, { scan: 'none' }, false],
  ['--no-scan', { settings: { ...settings, firstScan: 'none' } }, { scan: 'none' }, false],
  ['the sample is set', { settings: { ...settings, firstScan: 'sample' } }, { scan: 'sample' }, false],
  ['--scan-sample, inventory or not', { settings: { ...settings, scanSample: true }, inventoryIsEmpty: async () => false }, { scan: 'sample' }, false],
  ['--scan-context, without a question', { settings: { ...settings, scanContext: 'dev' }, canAsk: false }, { scan: 'context', context: 'dev' }, false],
])('%s', async (_, facts, choice, asked) => {
  expect(await choose(facts)).toEqual([choice, asked])
})

test('a cluster is scanned after a yes', async () => {
  expect(await choose({}, { scan: 'context', context: 'prod' })).toEqual([{ scan: 'context', context: 'prod' }, true])
})

test.each([
  ['apiVersion: v1\ncurrent-context: prod\nkind: Config\n', 'prod'],
  ['current-context: "with space" # comment\n', 'with space'],
  ["current-context: 'quoted'\n", 'quoted'],
  ['current-context: prod # the real one\n', 'prod'],
  ['{"apiVersion":"v1",\n  "current-context": "json",\n "kind":"Config"}', 'json'],
  ['current-context: ""\n', undefined],
  ['contexts: []\n', undefined],
  [`current-context: ${'x'.repeat(300)}\n`, undefined],
])('the current context of %j', (text, context) => {
  expect(readCurrentContext(text)).toBe(context)
})

test('the first file of KUBECONFIG that names a context wins, and missing files are passed over', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mintmark-kubeconfig-'))
  const [empty, first, second] = ['empty', 'first', 'second'].map((name) => join(folder, name))
  await writeFile(empty ?? '', 'kind: Config\n')
  await writeFile(first ?? '', 'current-context: first\n')
  await writeFile(second ?? '', 'current-context: second\n')
  expect(await findCurrentContext({ KUBECONFIG: [join(folder, 'missing'), empty, first, second].join(delimiter) })).toBe('first')
  expect(await findCurrentContext({ HOME: folder })).toBeUndefined()
  await rm(folder, { recursive: true })
})
