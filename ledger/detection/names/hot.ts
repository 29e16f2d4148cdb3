import { KEYED_RULES } from '../catalogue.ts'
import { NAME_END, NameSieve, wordsOf } from '../keyed.ts'
import { hasSense } from './sense.ts'
import { detached, mayNameSecret } from './stems.ts'

/** Names remembered with their answer; configuration repeats the same few thousand. */
const REMEMBERED_MAX = 16_384
/** Characters of a name that is worth remembering. */
const REMEMBERED_CHARS_MAX = 80

/** Names of files whose columns mean something, of public halves that are reported as such, and of services whose keys have plain names: `sumo: { id: … }`. */
const TELLING =
  /pgpass|netrc|userlist|(?:client|app|application|tenant|secret|access)[_.-]?id|sumo|honeycomb|(?:^|[^a-z])hny|algolia|splunk|contribsys|snmp|(?:remote|secret|key)Ref|valueFrom|existingSecret/i

const remembered = new Map<string, boolean>()
let sieve: NameSieve | undefined

/**
 * True when the name, or a longer name that ends or begins with it, can make a finding out of its value. Wider than the judgement of names and
 * narrower than a search for letters: `secretName` and `mapping` are cold.
 */
export function isHotName(name: string): boolean {
  if (name === '') return false
  if (name.length > REMEMBERED_CHARS_MAX) return saysSecret(name)
  const known = remembered.get(name)
  if (known !== undefined) return known
  const copy = detached(name)
  const answer = saysSecret(copy)
  if (remembered.size >= REMEMBERED_MAX) remembered.clear()
  remembered.set(copy, answer)
  return answer
}

function saysSecret(name: string): boolean {
  if (TELLING.test(name)) return true
  // The judge asks for no sense where no stem is.
  if (mayNameSecret(name) && hasSense(name)) return true
  if (!NAME_END.test(name)) return false
  sieve ??= new NameSieve(KEYED_RULES)
  return sieve.calls(`_${wordsOf(name)}`)
}
