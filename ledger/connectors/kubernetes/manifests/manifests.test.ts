import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createMarkingDetector } from '../fixtures/marking-detector.ts'
import { readScan } from '../fixtures/read.ts'
import { openManifestFolder } from './open.ts'
import { findDocuments, parseManifest } from './documents.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mintmark-manifests-'))
})
afterEach(() => rm(folder, { recursive: true }))

const signal = new AbortController().signal

async function scan(files: Readonly<Record<string, string>>, namespaces?: readonly string[]) {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  const settings = { source: { type: 'manifests', directory: folder }, clusterName: 'test', ...(namespaces === undefined ? {} : { namespaces }) } as const
  const source = await openManifestFolder(folder, settings, signal)
  return readScan(source.collect(createMarkingDetector(), { signal, clock: () => new Date(0) }))
}

const secret = (name: string, more = '') => `apiVersion: v1\nkind: Secret\nmetadata: {name: ${name}${more}}\nstringData: {password: canary-${name}}\n`
const json = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { password: `canary-${name}` } })

describe('a folder of manifests', () => {
  test('many documents, lists, JSON and folders are one cluster', async () => {
    const result = await scan({
      'a.yaml': `# first\n---\n${secret('a')}---\n${secret('b', ', namespace: other')}---\n`,
      'sub/deep/c.yml': secret('c'),
      'd.json': JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [json('d'), json('e')] }),
      'f.json': JSON.stringify({ apiVersion: 'v1', kind: 'SecretList', items: [{ ...json('f'), kind: undefined }] }),
      'package.json': '{"name":"x","kind":3}',
      'notes.txt': secret('never'),
    })
    expect(
      result
        .of('occurrence')
        .map((one) => `${one.object.namespace}/${one.object.name}`)
        .toSorted(),
    ).toEqual(['default/a', 'default/c', 'default/d', 'default/e', 'default/f', 'other/b'])
    expect(result.problems).toEqual([])
    expect(result.coverage.every((line) => line.coverage.state === 'complete')).toBe(true)
  })

  test('what is malformed is named without its text, the rest is scanned, and nothing may be called gone', async () => {
    const result = await scan({
      'a.yaml': `${secret('a')}---\nkind: Secret\nmetadata: {name: canary-[}\n---\n${secret('b')}`,
      'chart/templates/x.yaml': 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Values.canary }}\n  {{- include "x" . }}\n',
      'broken.json': '{"kind":"Secret","stringData":{"p":"canary',
    })
    expect(result.of('occurrence').map((one) => one.object.name)).toEqual(['a', 'b'])
    expect(result.problems.map((line) => [line.object, line.field])).toEqual([
      ['a.yaml', 'document 2'],
      ['broken.json', 'document 1'],
      ['chart/templates/x.yaml', 'document 1'],
    ])
    expect(result.problems[2]?.problem).toContain('helm template')
    expect(JSON.stringify(result.problems)).not.toContain('canary')
    expect(new Set(result.coverage.map((line) => line.coverage.state))).toEqual(new Set(['partial']))
  })

  test('bare Pods are named as unread, other kinds are counted', async () => {
    const result = await scan({ 'a.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\n' })
    expect(result.problems).toMatchObject([{ collection: 'pods', namespace: 'default', object: 'p' }])
    expect(result.of('cluster')[0]?.platform.evidence.join()).toContain('1 of kind Service')
  })

  test('links are followed inside the folder only, and circles end', async () => {
    await mkdir(join(folder, 'real'))
    await symlink(folder, join(folder, 'real', 'circle'))
    await symlink('real/a.yaml', join(folder, 'again.yaml'))
    await symlink(tmpdir(), join(folder, 'out'))
    const result = await scan({ 'real/a.yaml': secret('a') })
    expect(result.of('occurrence')).toHaveLength(1)
    expect(result.problems).toMatchObject([{ object: 'out', problem: 'The link leads out of the folder and was not followed' }])
  })

  test('a ConfigMap of 50 MB is named, and the rest is scanned', async () => {
    const large = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: large\ndata:\n  blob: ${'x'.repeat(50 * 1024 * 1024)}\n`
    const value = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'larger' }, data: { blob: 'x'.repeat(50 * 1024 * 1024) } }
    const result = await scan({ 'a.yaml': `${large}---\n${secret('a')}`, 'b.json': JSON.stringify(value) })
    expect(result.of('occurrence')).toHaveLength(1)
    expect(result.problems.map((line) => [line.object, line.field])).toEqual([
      ['a.yaml', 'document 1'],
      ['larger', 'data[blob]'],
    ])
    expect(result.problems[0]?.problem).toContain('ConfigMap large')
  })

  test('chosen namespaces leave the others out', async () => {
    const result = await scan({ 'a.yaml': `${secret('a')}---\n${secret('b', ', namespace: other')}` }, ['other'])
    expect(result.of('occurrence').map((one) => one.object.name)).toEqual(['b'])
  })

  test('a folder that is not there, or holds nothing, is explained', async () => {
    const settings = { source: { type: 'manifests', directory: folder } } as const
    await expect(openManifestFolder(join(folder, 'none'), settings, signal)).rejects.toMatchObject({ label: 'manifests-unreadable' })
    await expect(openManifestFolder(folder, settings, signal)).rejects.toMatchObject({ label: 'manifests-empty' })
  })
})

describe('documents', () => {
  test('a mark of three dashes ends a document only when it stands alone', () => {
    const text = 'kind: A\ntext: |\n  --- no\n----- no\n---\nkind: B\n--- # yes\nkind: C\n'
    expect(findDocuments(Buffer.from(text), false).map(({ number, line, kinds }) => [number, line, [...kinds]])).toEqual([
      [1, 0, ['A']],
      [2, 4, ['B']],
      [3, 6, ['C']],
    ])
  })

  test('foreign text is parsed or explained, never thrown, never quoted', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('a', ':', '\n', ' ', '-', '[', '{', '&', '*', '"', '|') })), (text) => {
        const parsed = parseManifest(text, false, 0)
        return parsed.ok || parsed.problem.length < 500
      }),
    )
  })

  test('anchors that multiply are refused', () => {
    const lines = [
      'a0: &a0 [x,x,x,x,x,x,x,x,x,x]',
      ...Array.from({ length: 12 }, (_, index) => `a${index + 1}: &a${index + 1} [${Array.from({ length: 10 }, () => `*a${index}`).join(',')}]`),
    ]
    expect(parseManifest(lines.join('\n'), false, 0).ok).toBe(false)
  })
})
