import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json, JsonObject } from './objects/placed.ts'
import { createRandom } from './random.ts'
import { generateObjects } from './world.ts'

/** What {@link writeCorpus} leaves behind. */
export interface CorpusFiles {
  /** One API object a line. */
  readonly objects: string
  /** The same objects as YAML (some JSON) files of several documents. */
  readonly manifests: string
  /** One truth row a line. */
  readonly truth: string
  readonly objectCount: number
  readonly rowCount: number
}

const MANIFEST_DOCUMENTS_MAX = 25

const isPlain = (text: string): boolean => /^[A-Za-z][\w./-]*$/.test(text) && !/^(true|false|yes|no|on|off|null|y|n)$/i.test(text)

function yamlScalar(value: string | number | boolean | null, indent: string): string {
  if (typeof value !== 'string') return String(value)
  if (isPlain(value)) return value
  const isBlock =
    value.includes('\n') && /^[\w#[{(<"'-]/.test(value) && /[^\n]\n?$/.test(value) && !/[\r\t\uFEFF\u0000-\u0008\u000b-\u001f\u007f-\u00a0]/.test(value)
  if (!isBlock) return JSON.stringify(value)
  const trailing = value.endsWith('\n')
  const lines = (trailing ? value.slice(0, -1) : value).split('\n').map((line) => (line === '' ? '' : `${indent}${line}`))
  return `|${trailing ? '' : '-'}\n${lines.join('\n')}`
}

/** Block-style YAML of an API object, as kubectl prints it. */
export function manifestYaml(node: Json, indent = ''): string {
  if (typeof node !== 'object' || node === null) return ` ${yamlScalar(node, `${indent}  `)}\n`
  if (Array.isArray(node)) {
    if (node.length === 0) return ' []\n'
    const items = node.map((item: Json) => {
      const inner = manifestYaml(item, `${indent}  `)
      return `${indent}-${inner.startsWith('\n') ? ` ${inner.slice(1 + indent.length + 2)}` : inner}`
    })
    return `\n${items.join('')}`
  }
  const members = Object.entries(node)
  if (members.length === 0) return ' {}\n'
  return `\n${members.map(([name, value]) => `${indent}${isPlain(name) ? name : JSON.stringify(name)}:${manifestYaml(value, Array.isArray(value) ? indent : `${indent}  `)}`).join('')}`
}

/** Writes `objects.ndjson`, `truth.ndjson` and `manifests/` below `folder`. */
export async function writeCorpus(seed: string, count: number, folder: string): Promise<CorpusFiles> {
  const manifests = join(folder, 'manifests')
  await mkdir(manifests, { recursive: true })
  const [objects, truth] = [join(folder, 'objects.ndjson'), join(folder, 'truth.ndjson')]
  const random = createRandom(`${seed}/manifests`)
  await using objectFile = await open(objects, 'w')
  await using truthFile = await open(truth, 'w')
  let [objectCount, rowCount, fileCount] = [0, 0, 0]
  let documents: JsonObject[] = []
  const flush = async (): Promise<void> => {
    if (documents.length === 0) return
    const isList = random.chance(0.15)
    const text = isList
      ? JSON.stringify({ apiVersion: 'v1', kind: 'List', items: documents }, undefined, 2)
      : documents.map((document) => `---${manifestYaml(document)}`).join('')
    await writeFile(join(manifests, `${String(fileCount++).padStart(5, '0')}.${isList ? 'json' : 'yaml'}`), text)
    documents = []
  }
  for (const { object, truth: rows } of generateObjects(seed, count)) {
    await objectFile.write(`${JSON.stringify(object)}\n`)
    for (const row of rows) await truthFile.write(`${JSON.stringify(row)}\n`)
    objectCount += 1
    rowCount += rows.length
    documents.push(object)
    if (documents.length >= random.int(1, MANIFEST_DOCUMENTS_MAX)) await flush()
  }
  await flush()
  return { objects, manifests, truth, objectCount, rowCount }
}
