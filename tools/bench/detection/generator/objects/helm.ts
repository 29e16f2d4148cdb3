import { gzipSync } from 'node:zlib'
import type { Setting } from '../credential.ts'
import { appendYamlScalar, nest, type Tree } from '../files/trees.ts'
import { type MarkedText, TextBuilder, plainText } from '../marked-text.ts'
import { flatName } from '../naming.ts'
import type { Random } from '../random.ts'
import { objectHead } from './metadata.ts'
import { type JsonObject, type PlacedText, type PlannedObject, type Pointer, jsonPointer } from './placed.ts'

export interface ReleasePlan {
  readonly release: string
  readonly namespace: string
  readonly chart: string
  readonly revision: number
  readonly status: 'deployed' | 'superseded'
  /** User values; also rendered into the Secret of the manifest, where repeating them is no news. */
  readonly settings: readonly Setting[]
  /** What the chart made up by itself: stands in the manifest alone. */
  readonly generated: readonly Setting[]
}

function valuesOf(tree: Tree): JsonObject {
  return Object.fromEntries([...tree.children].map(([name, node]) => [name, 'children' in node ? valuesOf(node) : node.text]))
}

/** The same texts once more: a scanner may name the place again or not. */
function repeated(setting: Setting): Setting {
  return { ...setting, plants: setting.plants.map((plant) => (plant.expected === 'secret' ? { ...plant, expected: 'either' } : plant)) }
}

/** The rendered manifest: a Secret whose data is base64, and a Deployment that states the same settings in clear. */
function manifest(random: Random, plan: ReleasePlan): MarkedText {
  const builder = new TextBuilder()
  builder.append(`---\n# Source: ${plan.chart}/templates/secret.yaml\napiVersion: v1\nkind: Secret\nmetadata:\n  name: ${plan.release}\ntype: Opaque\ndata:\n`)
  for (const setting of [...plan.settings.map(repeated), ...plan.generated]) {
    const name = flatName(setting.path, 'kebab')
    const text = Buffer.from(setting.text).toString('base64')
    const plants = setting.plants.map((plant) => ({ ...plant, start: 0, end: text.length }))
    builder.append(`  ${name}: ${random.chance(0.5) ? '"' : ''}`)
    const quote = builder.finish('').text.endsWith('"') ? '"' : ''
    builder.appendSetting({ text, plants }, `data.${name}`).append(`${quote}\n`)
  }
  builder.append(
    `---\n# Source: ${plan.chart}/templates/deployment.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${plan.release}\nspec:\n  template:\n    spec:\n      containers:\n        - name: main\n          image: ${plan.chart}:1\n          env:\n`,
  )
  for (const setting of plan.settings.filter(({ plants }) => plants.every(({ role }) => role !== 'secret'))) {
    builder.append(`            - name: ${flatName(setting.path, 'screaming')}\n              value: `)
    appendYamlScalar(builder, { ...setting, bare: false }, 'value', '              ', random)
    builder.append('\n')
  }
  return builder.finish('helm-manifest')
}

/** One revision as Helm stores it: gzip and base64 of JSON, in a Secret of type helm.sh/release.v1. */
export function helmRelease(random: Random, plan: ReleasePlan): PlannedObject {
  const rendered = manifest(random, plan)
  const config = valuesOf(nest(plan.settings, 'camel'))
  const release = {
    name: plan.release,
    info: {
      first_deployed: '2025-02-11T09:12:44Z',
      last_deployed: '2025-03-01T10:00:00Z',
      description: 'Upgrade complete',
      status: plan.status,
      notes: 'Get the password with kubectl get secret',
    },
    chart: {
      metadata: { name: plan.chart, version: '4.2.1', apiVersion: 'v2', appVersion: '1.9.0' },
      templates: [
        {
          name: 'templates/secret.yaml',
          data: Buffer.from('apiVersion: v1\nkind: Secret\ndata:\n  password: {{ .Values.auth.password | b64enc }}\n').toString('base64'),
        },
      ],
      values: { replicaCount: 1, auth: { password: '', existingSecret: '' } },
      schema: null,
      files: [{ name: 'README.md', data: Buffer.from('# Chart\n\nSet `auth.password` to your own password.\n').toString('base64') }],
    },
    config,
    manifest: rendered.text,
    version: plan.revision,
    namespace: plan.namespace,
  }
  const payload = gzipSync(JSON.stringify(release)).toString('base64')
  const name = `sh.helm.release.v1.${plan.release}.v${plan.revision}`
  const labels = { name: plan.release, owner: 'helm', status: plan.status, version: `${plan.revision}` }
  const head = objectHead(random, { apiVersion: 'v1', kind: 'Secret', namespace: plan.namespace, name, labels })
  const isHistoric = plan.status === 'superseded'
  const chain = ['base64', 'base64', 'gunzip']
  const texts: PlacedText[] = []
  const add = (text: MarkedText, steps: readonly string[], place: PlacedText['place']): void => {
    texts.push({
      pointer: ['data', 'release'],
      key: 'release',
      text,
      form: 'base64',
      place: isHistoric ? 'helm-superseded' : place,
      consumers: [],
      isHistoric,
      chain: [...chain, ...steps],
      ...(isHistoric ? { usage: 'historic' as const } : {}),
    })
  }
  add(rendered, [`json:${jsonPointer(['manifest'])}`], 'helm-manifest')
  walkTree(nest(plan.settings, 'camel'), [], (pointer, setting) => {
    const marked = plainText(setting)
    const field = ['config', ...pointer].join('.')
    add({ ...marked, marks: marked.marks.map((mark) => ({ ...mark, field })) }, [`json:${jsonPointer(['config', ...pointer])}`], 'helm-values')
  })
  return { body: { ...head, type: 'helm.sh/release.v1', data: { release: Buffer.from(payload).toString('base64') } }, texts }
}

function walkTree(tree: Tree, above: Pointer, visit: (pointer: Pointer, setting: Setting) => void): void {
  for (const [name, node] of tree.children) {
    if ('children' in node) walkTree(node, [...above, name], visit)
    else visit([...above, name], node)
  }
}
