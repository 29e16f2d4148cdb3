import { bytesOfBase64, textOfBytes } from './base64.ts'
import { decodedPassage, fieldOf } from './passage.ts'
import { childOf, scalarOf, type MapNode } from './tree.ts'
import type { Spot, TreeWalk } from './walk.ts'

/** Registries of one file. */
const REGISTRIES_MAX = 1_000

/**
 * Reads the `auths` of a Docker configuration: `auth` is base64 of `user:password`, `identitytoken` and `registrytoken` stand in its place for some registries.
 *
 * @see Kubernetes documentation, "Pull an Image from a Private Registry", and docker login's config.json
 */
export function readDockerConfig(map: MapNode, spot: Spot, walk: TreeWalk): boolean {
  const auths = childOf(map, 'auths')
  if (auths === undefined || auths.is !== 'map') return false
  readRegistries(auths, { ...spot, field: fieldOf(spot.field, 'auths') }, walk)
  for (const pair of map.pairs) if (pair.value !== auths) walk.walk(pair.value, walk.below(spot, pair.key, ['auths']))
  return true
}

/** Reads a map from registry to credentials: the value of `auths`, or the whole of an old .dockercfg. */
export function readRegistries(auths: MapNode, spot: Spot, walk: TreeWalk): void {
  for (const { key: registry, value } of auths.pairs.slice(0, REGISTRIES_MAX)) {
    if (value.is !== 'map') continue
    const field = fieldOf(spot.field, registry)
    const user = scalarOf(value, 'username')?.text
    const siblings = [`registry=${registry}`, ...(user === undefined ? [] : [`username=${user}`])]
    for (const pair of value.pairs) {
      if (pair.value.is !== 'scalar' || pair.value.text === '') continue
      const name = pair.key.toLowerCase()
      const at = { name, field: fieldOf(field, pair.key), siblings, isSuspicious: true, isHot: true }
      if (name === 'auth') readAuth(walk, walk.passageOf(pair.value, at), siblings)
      else if (name === 'password' || name.endsWith('token')) walk.decoding.value(walk.passageOf(pair.value, at))
    }
  }
  if (auths.pairs.length > REGISTRIES_MAX) walk.problem(spot.field, `The list of registries was cut after ${REGISTRIES_MAX}.`)
}

function readAuth(walk: TreeWalk, passage: ReturnType<TreeWalk['passageOf']>, siblings: readonly string[]): void {
  const bytes = bytesOfBase64(passage.text)
  const pair = bytes === undefined ? undefined : textOfBytes(bytes)
  const colon = pair?.indexOf(':') ?? -1
  if (pair === undefined || colon === -1) {
    walk.decoding.value(passage)
    if (!passage.text.includes('{{') && !passage.text.includes('$')) walk.decoding.problem(passage, 'The auth of a registry is not base64 of user:password.')
    return
  }
  const user = pair.slice(0, colon)
  const own = siblings.some((sibling) => sibling.startsWith('username=')) || user === '' ? siblings : [...siblings, `username=${user}`]
  walk.decoding.value({ ...decodedPassage(passage, pair.slice(colon + 1), 'base64'), name: 'password', siblings: own })
}
