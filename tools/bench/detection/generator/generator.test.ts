import { readFile, readdir } from 'node:fs/promises'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { readPlanted } from '../truth-reader.ts'
import { type GeneratedObject, generateObjects, writeCorpus } from './index.ts'

const SEED = 'generator-test'
const OBJECTS = 400
const generated: readonly GeneratedObject[] = [...generateObjects(SEED, OBJECTS)]
const rows = generated.flatMap(({ truth }) => truth)

const percentDecoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Ways to read a text that any format may need: base64, escapes, entities, percent-encoding, indentation. */
const READINGS: readonly ((text: string) => string)[] = [
  (text) => Buffer.from(text.replace(/^[A-Za-z]+ /, ''), 'base64').toString(),
  (text) => text.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character)),
  (text) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&'),
  (text) => text.replaceAll("''", "'"),
  (text) => text.replaceAll(String.raw`'\''`, "'"),
  (text) => text.replaceAll(/\n +/g, '\n'),
  percentDecoded,
]

function readings(text: string, rounds: number): string[] {
  return rounds === 0 ? [text] : [text, ...READINGS.flatMap((read) => (read(text) === text ? [] : readings(read(text), rounds - 1)))]
}

describe('generator', () => {
  test('the same seed gives the same objects and the same truth', () => {
    expect(JSON.stringify([...generateObjects(SEED, 60)])).toBe(JSON.stringify(generated.slice(0, [...generateObjects(SEED, 60)].length)))
  })

  test('another seed gives other credentials', () => {
    const values = new Set(rows.filter(({ value }) => value.length > 20).map(({ value }) => value))
    const other = [...generateObjects('another', 100)].flatMap(({ truth }) => truth).filter(({ expected, value }) => expected === 'secret' && value.length > 20)
    expect(other.filter(({ value }) => values.has(value))).toEqual([])
  })

  test('every planted text is where its row says', () => {
    for (const { object, truth } of generated) for (const row of truth) expect(readPlanted(object, row), `${row.place} ${row.path}`).toBe(row.raw)
  })

  test('the canonical value follows from the planted text', () => {
    for (const { raw, value, type, expected } of rows) {
      if (expected !== 'secret') continue
      expect(
        readings(raw, 3).some((text) => text.includes(value.trim())),
        type,
      ).toBe(true)
    }
  })

  test('rows have ids of their own and name the parts of a credential', () => {
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
    const pairs = Map.groupBy(
      rows.filter(({ pair, type, place }) => pair !== undefined && type === 'aws-access-key' && place !== 'helm-manifest'),
      ({ pair }) => pair,
    )
    expect(pairs.size).toBeGreaterThan(0)
    for (const parts of pairs.values()) expect(new Set(parts.map(({ role }) => role))).toEqual(new Set(['identifier', 'secret']))
  })

  test('all places, many kinds and every class of hard negative are planted', () => {
    const places = new Set(rows.map(({ place }) => place))
    expect([...places].toSorted()).toEqual(
      expect.arrayContaining([
        'argument',
        'configmap-entry',
        'configmap-file',
        'env',
        'helm-manifest',
        'helm-superseded',
        'helm-values',
        'init-env',
        'last-applied',
        'secret-entry',
        'secret-file',
        'secret-typed',
      ]),
    )
    expect(new Set(rows.filter(({ expected }) => expected === 'secret').map(({ type }) => type)).size).toBeGreaterThan(25)
    expect(new Set(rows.flatMap(({ negative }) => negative ?? [])).size).toBeGreaterThan(18)
  })

  test('passwords are as long as people make them', () => {
    const lengths = [...generateObjects('lengths', 1500)]
      .flatMap(({ truth }) => truth)
      .filter(({ type, expected }) => type === 'password' && expected === 'secret')
      .map(({ value }) => value.length)
      .toSorted((left, right) => left - right)
    expect(lengths[Math.floor(lengths.length / 2)]).toBeGreaterThanOrEqual(8)
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(10)
  })

  test('a classic GitHub token carries the checksum of its body, a near miss does not', () => {
    const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    const isChecked = (token: string): boolean => {
      const check = Array.from(token.slice(-6)).reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0)
      return crc32(token.slice(4, -6)) === check
    }
    const many = [...generateObjects('checksums', 1500)].flatMap(({ truth }) => truth)
    const tokens = many.filter(({ type, value, negative }) => type === 'github-token' && negative === undefined && /^gh[pous]_/.test(value))
    expect(tokens.length).toBeGreaterThan(0)
    expect(tokens.every(({ value }) => isChecked(value))).toBe(true)
    const near = many.filter(({ negative, value }) => negative === 'wrong-checksum' && value.startsWith('ghp_'))
    expect(near.length).toBeGreaterThan(0)
    expect(near.some(({ value }) => isChecked(value))).toBe(false)
  })

  test('writes objects, manifests and truth that agree', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mintmark-generator-'))
    try {
      const files = await writeCorpus(SEED, 80, folder)
      const objects = (await readFile(files.objects, 'utf8')).trimEnd().split('\n')
      expect(objects).toHaveLength(files.objectCount)
      expect((await readFile(files.truth, 'utf8')).trimEnd().split('\n')).toHaveLength(files.rowCount)
      const manifests = await Promise.all((await readdir(files.manifests)).map((name) => readFile(join(files.manifests, name), 'utf8')))
      const names = objects.map((line) => /"uid":"([^"]+)"/.exec(line)?.[1] ?? '')
      for (const uid of names) expect(manifests.filter((text) => text.includes(uid))).toHaveLength(1)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
