import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { Entry } from '../finding.ts'
import type { Leaf } from '../leaf.ts'
import { judgeName, recogniseReference } from '../names/index.ts'
import { decodeEntries } from './index.ts'

const ALONE = { images: [] }
const RUNS = 150

/** Names that are worth a look, and values long enough that none is passed over. */
const name = fc.constantFrom('password', 'apiKey', 'token', 'client_secret', 'db-pass')
const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'.split('')
const value = fc.string({ unit: fc.constantFrom(...letters), minLength: 12, maxLength: 30 }).map((text) => `${text}x_9`)
const pairs = fc.array(fc.tuple(fc.integer({ min: 1, max: 999 }), name, value), { minLength: 1, maxLength: 12 }).map((rows) => {
  const named = new Map(rows.map(([number, each, text]) => [`${each}${number}`, text]))
  return [...named]
})

function leavesOf(key: string, text: string, more: Partial<Entry> = {}): readonly Leaf[] {
  return decodeEntries([{ key, value: text, form: 'text', origin: 'configmap', aliases: [], ...more }], ALONE).leaves.filter(
    (leaf) => leaf.structure === 'value',
  )
}

/** Every pair is found once, by its name, and stands in the text where its place says. */
function expectAll(text: string, leaves: readonly Leaf[], planted: readonly (readonly [string, string])[]): void {
  const lines = text.split('\n')
  const byText = (one: readonly string[], other: readonly string[]): number => one.join('\0').localeCompare(other.join('\0'))
  expect(leaves.map((leaf) => [leaf.name, leaf.text]).toSorted(byText)).toStrictEqual(planted.map(([key, each]) => [key, each]).toSorted(byText))
  for (const leaf of leaves) expect(lines[leaf.line - 1]?.slice(leaf.column - 1, leaf.column - 1 + leaf.text.length)).toBe(leaf.text)
}

describe('whatever is written into a file is found at its place', () => {
  const files: readonly (readonly [string, (planted: readonly (readonly [string, string])[]) => string])[] = [
    ['.env', (planted) => planted.map(([key, each]) => `export ${key}="${each}"`).join('\n')],
    ['app.properties', (planted) => planted.map(([key, each]) => `${key} = ${each}`).join('\n')],
    ['app.ini', (planted) => `[main]\n${planted.map(([key, each]) => `${key}=${each} ; why`).join('\r\n')}`],
    ['app.json', (planted) => JSON.stringify({ list: planted.map(([key, each]) => ({ [key]: each })) }, null, 2)],
    ['app.yaml', (planted) => stringify({ a: { b: Object.fromEntries(planted) } })],
    ['list.yaml', (planted) => stringify({ env: planted.map(([key, each]) => ({ name: key, value: each })) })],
    ['quoted.yaml', (planted) => stringify(Object.fromEntries(planted), { defaultStringType: 'QUOTE_SINGLE' })],
    ['flow.yaml', (planted) => `x: {${planted.map(([key, each]) => `${key}: ${each}`).join(', ')}}`],
    ['app.xml', (planted) => `<a>\n${planted.map(([key, each]) => `<${key}>${each}</${key}>`).join('\n')}\n</a>`],
    ['keys.xml', (planted) => `<a>\n${planted.map(([key, each]) => `<add key="${key}" value="${each}"/>`).join('\n')}\n</a>`],
    ['block.yaml', (planted) => stringify({ 'app.env': planted.map(([key, each]) => `${key}=${each}\n`).join('') }, { lineWidth: 0, blockQuote: 'literal' })],
    ['.npmrc', (planted) => planted.map(([key, each]) => `//shop/:_${key}=${each}`).join('\n')],
  ]

  test.each(files)('%s', (key, write) => {
    fc.assert(
      fc.property(pairs, (planted) => {
        const text = write(planted)
        const named = key === '.npmrc' ? planted.map(([each, secret]) => [`_${each}`, secret] as const) : planted
        expectAll(text, leavesOf(key, text), named)
      }),
      { numRuns: RUNS },
    )
  })

  test('a text inside a JSON text stands at the place of its escaped form', () => {
    fc.assert(
      fc.property(pairs, (planted) => {
        const text = JSON.stringify({ note: 'a "quoted"\ttext \u00e4', 'app.env': planted.map(([key, each]) => `${key}='${each}'`).join('\n') })
        expectAll(
          text,
          leavesOf('app.json', text).filter((leaf) => leaf.name !== 'note'),
          planted,
        )
      }),
      { numRuns: RUNS },
    )
  })
})

describe('no text breaks the decoders or the judges', () => {
  const keys = fc.constantFrom(
    '',
    'a.yaml',
    'a.json',
    'a.xml',
    'a.properties',
    '.env',
    'a.toml',
    'a.sh',
    'nginx.conf',
    '.pgpass',
    '.netrc',
    'a.sql',
    'a.php',
    'password',
    'args',
  )
  const pieces = fc.constantFrom(
    '{', '}', '[', ']', '"', "'", ':', ': ', '=', '=>', '- ', '-', '--', '\n', '\n  ', '\t', ' ', '#', '//', '/*', '<', '>', '</', '<!--', '&', '|', '>', '\\', '\\u', '$', '${', '$(', '{{', '}}',
    'password', 'token', 'name', 'value', 'kind: Secret', 'data', 'auths', '-----BEGIN ', 'PASSWORD \'', 'identified by', 'c3VwZXJzZWNyZXQ=', '\u0000', '\u00e4', '\ud83d', '---', '*a', '&a', '!t', '|2', '\r',
  ) // prettier-ignore
  const text = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.array(pieces, { maxLength: 60 }).map((each) => each.join('')),
    fc.string({ unit: 'binary', maxLength: 200 }),
  )
  const origins = fc.constantFrom('env' as const, 'argument' as const, 'configmap' as const, 'secret' as const, 'annotation' as const)
  const types = fc.constantFrom(undefined, 'helm.sh/release.v1', 'kubernetes.io/dockerconfigjson', 'kubernetes.io/dockercfg')

  test('every text has an answer, and every place lies within it', () => {
    fc.assert(
      fc.property(keys, text, origins, types, fc.boolean(), (key, each, origin, secretType, isEncoded) => {
        const value = isEncoded ? Buffer.from(each).toString('base64') : each
        const entry: Entry = { key, value, form: isEncoded ? 'base64' : 'text', origin, aliases: [] }
        const { leaves } = decodeEntries([entry], secretType === undefined ? ALONE : { images: [], secretType })
        for (const leaf of leaves) {
          expect(leaf.line).toBeGreaterThan(0)
          expect(leaf.column).toBeGreaterThan(0)
          recogniseReference(leaf)
          const verdict = judgeName(leaf, ALONE)
          if (verdict !== undefined) expect(leaf.text.slice(verdict.start, verdict.end)).toBe(verdict.canonical)
        }
      }),
      { numRuns: 1_500 },
    )
  })

  test('large and nasty files stay within the limits', () => {
    const nasty = [
      '[',
      '{"a":',
      '- ',
      '- [',
      'a: "',
      '<a>',
      "k='",
      'a=\\\n',
      'sh -c "',
      '$(',
      '-----BEGIN X-----\n',
      'a: {\n',
      '| ',
      '"a" "b" ',
      "IDENTIFIED BY '",
      'a:\n ',
      '\\',
      '&',
      'x: |\n',
      ' password ',
      'token=',
      '//',
      '<!--',
      '--a ',
    ]
    for (const piece of nasty) {
      for (const key of ['a.yaml', 'a.json', 'a.xml', 'a.conf', '', 'a.sh']) {
        const { problems } = decodeEntries(
          [{ key, value: piece.repeat(Math.ceil(60_000 / piece.length)), form: 'text', origin: 'configmap', aliases: [] }],
          ALONE,
        )
        expect(problems.length).toBeLessThan(20)
      }
    }
  })
})
