import { fieldOf } from './passage.ts'
import { decodeSecretValue } from './secret-value.ts'
import { childOf, scalarOf, type MapNode } from './tree.ts'
import { siblingsOf } from './siblings.ts'
import type { Spot, TreeWalk } from './walk.ts'

/**
 * Reads a Kubernetes Secret inside a file: a manifest in a ConfigMap, the rendered output of a Helm release, the last-applied annotation.
 * `data` is base64 once, `stringData` is clear text; `type` says what the values are. A ConfigMap has the same under `binaryData` and `data`.
 */
export function readKubernetesObject(map: MapNode, spot: Spot, walk: TreeWalk): boolean {
  const kind = childOf(map, 'kind')
  if (kind?.is !== 'scalar' || (kind.text !== 'Secret' && kind.text !== 'ConfigMap')) return false
  const isSecret = kind.text === 'Secret'
  const data = childOf(map, isSecret ? 'data' : 'binaryData')
  const stringData = childOf(map, isSecret ? 'stringData' : 'data')
  if (data?.is !== 'map' && stringData?.is !== 'map') return false
  const secretType = scalarOf(map, 'type')?.text
  for (const pair of map.pairs) {
    if (pair.value.is !== 'map' || (pair.value !== data && pair.value !== stringData)) {
      if (pair.value.is !== 'scalar') walk.walk(pair.value, { ...walk.below(spot, pair.key, []), isSuspicious: false })
      continue
    }
    const siblings = pair.value === stringData ? siblingsOf(pair.value) : pair.value.pairs.map((each) => each.key)
    const field = fieldOf(spot.field, pair.key)
    for (const { key, value } of pair.value.pairs) {
      if (value.is !== 'scalar' || value.text === '') continue
      const passage = walk.passageOf(value, { name: key, field: fieldOf(field, key), siblings, isSuspicious: isSecret, isHot: isSecret })
      decodeSecretValue(passage, pair.value === data ? 'base64' : 'text', secretType, walk.decoding)
    }
  }
  return true
}
