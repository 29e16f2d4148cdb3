import { bytesOfBase64, textOfBytes } from './base64.ts'
import type { Decoding } from './decoding.ts'
import { isColdChartText } from './gate.ts'
import { unpackGzip } from './gzip.ts'
import { readEncodedJson } from './json.ts'
import { decodedPassage, fieldOf, Locator, opaque, type Passage } from './passage.ts'
import { childOf, scalarOf, type MapNode, type Scalar } from './tree.ts'
import { TreeWalk } from './walk.ts'

const STEPS = ['base64', 'gzip', 'json']

/**
 * Opens a Helm release as Helm stores it: base64 of gzip of JSON, inside the Secret's or ConfigMap's own encoding. Read are the user's values (`config`),
 * the chart's values, templates and files, and the rendered manifest with its Secrets. A release that is not deployed any more is a copy of the past.
 *
 * @see Helm source, pkg/storage/driver/util.go, encodeRelease (Apache-2.0, facts)
 * @returns false when the text is no release
 */
export function decodeHelmRelease(passage: Passage, decoding: Decoding): boolean {
  if (!passage.text.startsWith('H4sI')) return false
  const packed = bytesOfBase64(passage.text.trim())
  if (packed === undefined) return false
  const unpacked = unpackGzip(packed)
  if (unpacked.problem !== undefined) decoding.problem(passage, unpacked.problem)
  const { text } = unpacked
  const release = text === undefined ? undefined : readEncodedJson(text)
  if (text === undefined || release === undefined || release.is !== 'map') return false
  const file: Passage = {
    ...passage,
    text,
    anchor: opaque(passage.anchor),
    encoding: [...passage.encoding, ...STEPS],
    depth: passage.depth + 1,
    historic: historyOf(release) ?? passage.historic,
    siblings: [],
  }
  readRelease(release, new TreeWalk(file, new Locator(text, file.anchor), decoding), passage.field)
  return true
}

function readRelease(release: MapNode, walk: TreeWalk, field: string | undefined): void {
  const config = childOf(release, 'config')
  if (config !== undefined) walk.walk(config, spotOf(fieldOf(field, 'config')))
  const manifest = childOf(release, 'manifest')
  if (manifest?.is === 'scalar') readText(walk, manifest, 'manifest.yaml', fieldOf(field, 'manifest'))
  const hooks = childOf(release, 'hooks')
  if (hooks?.is === 'list') {
    hooks.items.forEach((hook, index) => {
      const body = hook.is === 'map' ? childOf(hook, 'manifest') : undefined
      if (body?.is === 'scalar') readText(walk, body, 'manifest.yaml', fieldOf(fieldOf(fieldOf(field, 'hooks'), index), 'manifest'))
    })
  }
  const info = childOf(release, 'info')
  const notes = info?.is === 'map' ? childOf(info, 'notes') : undefined
  if (notes?.is === 'scalar') walk.decoding.text(walk.passageOf(notes, spotOf(fieldOf(fieldOf(field, 'info'), 'notes'))))
  const chart = childOf(release, 'chart')
  if (chart?.is === 'map') readChart(chart, walk, fieldOf(field, 'chart'))
}

function readChart(chart: MapNode, walk: TreeWalk, field: string): void {
  const values = childOf(chart, 'values')
  if (values !== undefined) walk.walk(values, spotOf(fieldOf(field, 'values')))
  for (const part of ['templates', 'files']) {
    const files = childOf(chart, part)
    if (files?.is !== 'list') continue
    files.items.forEach((file, index) => {
      const data = file.is === 'map' ? childOf(file, 'data') : undefined
      if (file.is !== 'map' || data?.is !== 'scalar') return
      const text = tellingText(data)
      if (text === undefined) return
      const name = scalarOf(file, 'name')?.text ?? String(index)
      const passage = walk.passageOf(data, { ...spotOf(fieldOf(fieldOf(field, part), name)), name })
      walk.decoding.decode(decodedPassage(passage, text, 'base64'))
    })
  }
}

function readText(walk: TreeWalk, node: Scalar, name: string, field: string): void {
  const passage = walk.passageOf(node, { ...spotOf(field), name })
  // Documents are judged apart, so that one Secret does not make the other hundred dear.
  for (const document of documentsOf(passage.text)) if (!isColdChartText(document)) walk.decoding.decode({ ...passage, text: document })
}

/** The text behind the base64 of a file of the chart, where something can be found in it. Nearly all of them end here, before anything is made for them. */
function tellingText(data: Scalar): string | undefined {
  const bytes = bytesOfBase64(data.text)
  const text = bytes === undefined ? undefined : textOfBytes(bytes)
  return text === undefined || isColdChartText(text) ? undefined : text
}

/** The documents of a manifest. */
function documentsOf(manifest: string): readonly string[] {
  const documents: string[] = []
  let from = 0
  while (from < manifest.length) {
    const mark = manifest.indexOf('\n---', from)
    const end = mark === -1 ? manifest.length : mark + 1
    documents.push(manifest.slice(from, end))
    from = end
  }
  return documents
}

function spotOf(field: string): {
  readonly name: string
  readonly field: string
  readonly siblings: readonly string[]
  readonly isSuspicious: boolean
  readonly isHot: boolean
} {
  return { name: '', field, siblings: [], isSuspicious: false, isHot: false }
}

function historyOf(release: MapNode): string | undefined {
  const info = childOf(release, 'info')
  const status = info?.is === 'map' ? scalarOf(info, 'status')?.text : undefined
  if (status === undefined || status === 'deployed' || status.startsWith('pending')) return undefined
  const revision = scalarOf(release, 'version')?.text
  return `Helm revision ${revision ?? 'of the past'} (${status})`
}
