import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import plugin from './plugin.ts'

const configuration: { readonly jsPlugins: readonly string[]; readonly rules: Readonly<Record<string, unknown>> } = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', '.oxlintrc.json'), 'utf8'),
)

test('the repository lints itself with every rule of the house', () => {
  expect(configuration.jsPlugins).toEqual(['./tools/lint/plugin.ts'])
  for (const rule of Object.keys(plugin.rules)) expect(configuration.rules[`mintmark/${rule}`], rule).toBe('error')
})

test.each(['typescript/no-explicit-any', 'typescript/no-non-null-assertion', 'typescript/no-floating-promises'])('%s is an error', (rule) => {
  expect(configuration.rules[rule]).toBe('error')
})

test('no file has more than 400 lines', () => {
  expect(configuration.rules['max-lines']).toEqual(['error', { max: 400 }])
})
