import { detached } from '../names/stems.ts'
import { DECODE_LIMITS } from './limits.ts'
import type { MapNode } from './tree.ts'

/** Names whose short values are public and help to judge a neighbour. */
const HINTS = new Set([
  'host', 'hostname', 'server', 'address', 'addr', 'endpoint', 'port', 'user', 'username', 'user_name', 'login', 'type', 'kind', 'driver', 'engine', 'database',
  'dbname', 'db', 'registry', 'email', 'account', 'account_id', 'accountname', 'region', 'client_id', 'clientid', 'client_email', 'private_key_id', 'project_id',
  'tenant', 'tenant_id', 'tenantid', 'provider', 'scheme', 'protocol', 'machine',
]) // prettier-ignore

/** Names that are remembered; configuration repeats the same few thousand. */
const REMEMBERED_NAMES_MAX = 4_096
const remembered = new Map<string, boolean>()

/** True for names whose values may stand among the siblings of a leaf. */
function isHintName(name: string): boolean {
  if (name.length > DECODE_LIMITS.nameCharsMax) return false
  const known = remembered.get(name)
  if (known !== undefined) return known
  const answer = saysHint(name)
  if (remembered.size >= REMEMBERED_NAMES_MAX) remembered.clear()
  remembered.set(detached(name), answer)
  return answer
}

function saysHint(name: string): boolean {
  const lower = name.toLowerCase()
  if (HINTS.has(lower)) return true
  const words = name
    .replaceAll(/([a-z])(?=[A-Z])/g, '$1_')
    .toLowerCase()
    .split(/[._-]+/)
  const last = words.at(-1) ?? ''
  return HINTS.has(last) || HINTS.has(`${words.at(-2)}_${last}`)
}

/** One neighbour: its name, with its value where that is short, public and on one line. */
export function siblingOf(name: string, value: string | undefined): string {
  if (value === undefined || value === '' || value.length > DECODE_LIMITS.hintCharsMax || value.includes('\n') || value.includes('@/') || value.includes('://'))
    return name
  return isHintName(name) ? `${name}=${value}` : name
}

/** The neighbours that the values of one map have. */
export function siblingsOf(map: MapNode): readonly string[] {
  const siblings: string[] = []
  for (const pair of map.pairs) {
    if (siblings.length >= DECODE_LIMITS.siblingsMax) break
    siblings.push(siblingOf(pair.key, pair.value.is === 'scalar' ? pair.value.text : undefined))
  }
  return siblings
}
