import type { Bundle, Setting } from '../credential.ts'
import { drawFiller } from '../filler.ts'
import type { MarkedText } from '../marked-text.ts'
import { drawNegative } from '../negatives.ts'
import type { Random } from '../random.ts'
import { serviceName } from '../words.ts'
import type { ConfigurationPlan } from './configuration.ts'
import type { EnvPlan } from './containers.ts'
import type { JsonObject } from './placed.ts'

/** Where a credential's settings go. */
export type Bucket =
  | 'env'
  | 'initEnv'
  | 'secretEnv'
  | 'secretFrom'
  | 'unused'
  | 'configEnv'
  | 'configFrom'
  | 'file'
  | 'secretFile'
  | 'argument'
  | 'command'
  | 'annotation'
  | 'raw'

const BUCKETS: readonly (readonly [number, Bucket])[] = [
  [16, 'env'],
  [3, 'initEnv'],
  [15, 'secretEnv'],
  [11, 'secretFrom'],
  [6, 'unused'],
  [4, 'configEnv'],
  [8, 'configFrom'],
  [26, 'file'],
  [10, 'secretFile'],
  [6, 'argument'],
  [4, 'command'],
  [5, 'annotation'],
]

/** Puts a word before a path until neither name collides with what is there. */
function withoutCollision(taken: Set<string>, settings: readonly Setting[], random: Random): readonly Setting[] {
  const flat = (path: readonly string[]): string => path.join('-')
  const collides = (path: readonly string[]): boolean =>
    taken.has(flat(path)) || path.some((_, depth) => taken.has(`leaf:${path.slice(0, depth + 1).join('.')}`)) || taken.has(`node:${path.join('.')}`)
  let chosen = settings
  for (let attempt = 0; chosen.some(({ path }) => collides(path)); attempt++) {
    const stem = `${serviceName(random)}${attempt > 3 ? `-${attempt}` : ''}`
    chosen = settings.map((setting) => ({ ...setting, path: [stem, ...setting.path] }))
  }
  for (const { path } of chosen) {
    taken.add(flat(path)).add(`leaf:${path.join('.')}`)
    for (let depth = 1; depth < path.length; depth++) taken.add(`node:${path.slice(0, depth).join('.')}`)
  }
  return chosen
}

/** Where each setting goes; multi-part credentials are sometimes split between a ConfigMap and a Secret. */
export function distribute(random: Random, bundles: readonly Bundle[]): Map<Bucket, (readonly Setting[])[]> {
  const buckets = new Map<Bucket, (readonly Setting[])[]>()
  const put = (bucket: Bucket, settings: readonly Setting[]): void => {
    if (settings.length > 0) buckets.set(bucket, [...(buckets.get(bucket) ?? []), settings])
  }
  for (const bundle of bundles) {
    if (bundle.only === 'file') put(random.pick(['raw', 'raw', 'secretEnv', 'file', 'env']), bundle.settings)
    else if (bundle.settings.length > 1 && random.chance(0.3)) {
      const isSecret = (setting: Setting): boolean => setting.plants.some(({ role }) => role === 'secret')
      put(
        random.pick(['configFrom', 'configEnv', 'env']),
        bundle.settings.filter((setting) => !isSecret(setting)),
      )
      put(random.pick(['secretEnv', 'secretFrom']), bundle.settings.filter(isSecret))
    } else put(random.weighted(BUCKETS), bundle.settings)
  }
  return buckets
}

/** The settings of a bucket among others that must not be reported. */
export function crowded(
  { random, density }: Pick<Draft, 'random' | 'density'>,
  groups: readonly (readonly Setting[])[],
  counts: { readonly filler: number; readonly negatives: number },
  isSingleLine = false,
): readonly Setting[] {
  const taken = new Set<string>()
  const result = groups.map((group) => withoutCollision(taken, group, random))
  const fits = (setting: Setting): boolean => !isSingleLine || !setting.text.includes('\n')
  const extras = [
    ...Array.from({ length: counts.filler }, () => drawFiller(random)),
    ...Array.from({ length: Math.round(counts.negatives * density) }, () => drawNegative(random)),
  ]
  const spread = [...result, ...extras.filter(fits).map((setting) => withoutCollision(taken, [setting], random))]
  return random.shuffle(spread).flat()
}

/** One application while it is being put together. */
export interface Draft {
  readonly random: Random
  /** 1 plants as much as the scorecard wants; less is nearer to an ordinary cluster. */
  readonly density: number
  readonly name: string
  readonly namespace: string
  readonly consumer: string
  readonly nextCredential: () => string
  readonly env: EnvPlan[]
  readonly envFrom: { source: 'Secret' | 'ConfigMap'; object: string; prefix?: string }[]
  readonly initEnv: EnvPlan[]
  readonly command: MarkedText[]
  readonly args: MarkedText[]
  readonly probeHeaders: { name: string; text: MarkedText }[]
  readonly lifecycle: MarkedText[]
  readonly mounts: JsonObject[]
  readonly volumes: JsonObject[]
  readonly annotations: { key: string; text: MarkedText }[]
  readonly configuration: ConfigurationPlan[]
}
