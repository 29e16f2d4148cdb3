import { describe, expect, test } from 'vitest'
import { crc32Base62 } from './checksum.ts'
import { FORMAT_RULES, KEYED_RULES } from './catalogue.ts'
import { buildDetector, type DetectionParts } from './engine.ts'
import type { Entry } from './finding.ts'
import { fingerprintKeyOf } from '@mintmark/ledger/model'

const key = fingerprintKeyOf(new Uint8Array(32).fill(7))

/** Every entry is one leaf, names say nothing: what is left is the engine. */
const parts: DetectionParts = {
  decodeEntries: (entries) => ({
    leaves: entries.map((entry, index) => ({
      entry: index,
      origin: entry.origin,
      name: entry.key,
      field: undefined,
      text: entry.form === 'base64' ? Buffer.from(entry.value, 'base64').toString() : entry.value,
      line: 1,
      column: 1,
      encoding: entry.form === 'base64' ? ['base64'] : [],
      siblings: [],
      aliases: entry.aliases,
      structure: 'value',
      historic: undefined,
    })),
    problems: [],
  }),
  judgeName: () => undefined,
  recogniseReference: (leaf) => (leaf.text.startsWith('vault:') ? { kind: 'vault', target: leaf.text } : undefined),
  isPlaceholder: (text) => text.includes('EXAMPLE'),
  formats: FORMAT_RULES,
  keyed: KEYED_RULES,
  version: 'test',
}
const detector = buildDetector(parts, key)
const entry = (name: string, value: string, form: Entry['form'] = 'text'): Entry => ({ key: name, value, form, origin: 'env', aliases: [] })
const body = 'q3ZrT0aPbX9LmW2cVn5sYd8EhJ1uKf'
const githubToken = `ghp_${body}${crc32Base62(body)}`

describe('detector', () => {
  test('a token has one fingerprint in clear and in base64, and its place is told', () => {
    const { findings } = detector.detect([entry('A', `first\n  use ${githubToken}`), entry('B', Buffer.from(githubToken).toString('base64'), 'base64')], {
      images: [],
    })
    expect(findings).toHaveLength(2)
    expect(findings[0]).toMatchObject({ entry: 0, position: { line: 2, column: 7, length: 40 }, finding: { kind: 'github-token', confidence: 'exact' } })
    expect(findings[1]?.finding.fingerprint).toBe(findings[0]?.finding.fingerprint)
    expect(findings[1]?.copyFingerprint).not.toBe(findings[1]?.finding.fingerprint)
  })

  test('a reference is set aside and never judged', () => {
    const detection = detector.detect([entry('TOKEN', `vault:secret/data/x#${githubToken}`)], { images: [] })
    expect(detection.findings).toEqual([])
    expect(detection.references).toMatchObject([{ entry: 0, kind: 'vault' }])
  })

  test('no value of a credential is in what detection says', () => {
    expect(JSON.stringify(detector.detect([entry('A', githubToken)], { images: [] }))).not.toContain(body)
  })
})
