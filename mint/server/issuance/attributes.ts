import type { EventWriter } from '../events/writer.ts'
import { SERVER_LIMITS } from '../limits.ts'
import type { AttributeSource } from '../policy/template.ts'

/** Attributes that the server alone says: of a cluster, and of what attestation of agents has proven. An agent that sends one claims a place that is not its own. */
const SERVER_NAMES = /^(?:cluster|trust_domain|node_group|spirl|custom_jwt)\./

/**
 * The names of one workload's attributes in the order in which they came. Workloads of an agent have few different lists of them, so a list is found again
 * name by name, by comparing bytes, and what depends on names alone is found out once and not for each workload.
 */
export class AttributeNames {
  readonly #before: AttributeNames | undefined
  readonly #last: string
  readonly #encoded: Buffer
  readonly #longer: AttributeNames[] = []
  #all: ReturnType<typeof describeNames> | undefined

  /** Without arguments: no names. */
  constructor(before?: AttributeNames, last = '') {
    this.#before = before
    this.#last = last
    this.#encoded = Buffer.from(last, 'utf8')
  }

  /** These names and one more, if that list was seen before. */
  find(bytes: Buffer, start: number, end: number): AttributeNames | undefined {
    const longer = this.#longer
    for (let index = 0; index < longer.length; index += 1) {
      const next = longer[index]
      if (next !== undefined && next.#isLast(bytes, start, end)) return next
    }
    return undefined
  }

  /** These names and one more. */
  learn(name: string): AttributeNames {
    const next = new AttributeNames(this, name)
    this.#longer.push(next)
    return next
  }

  get all(): ReturnType<typeof describeNames> {
    this.#all ??= describeNames(this.#list())
    return this.#all
  }

  #isLast(bytes: Buffer, start: number, end: number): boolean {
    const encoded = this.#encoded
    if (encoded.length !== end - start) return false
    for (let index = 0; index < encoded.length; index += 1) if (encoded[index] !== bytes[start + index]) return false
    return true
  }

  #list(): readonly string[] {
    return this.#before === undefined ? [] : [...this.#before.#list(), this.#last]
  }
}

/** What issuance asks of a list of names. */
function describeNames(texts: readonly string[]) {
  const places = new Map<string, number>()
  for (const [place, text] of texts.entries()) if (!SERVER_NAMES.test(text)) places.set(text, place)
  return {
    texts,
    /** Which limit they break. */
    problem: problemOfNames(texts),
    /** Where each name stands that agents may say. */
    places,
    /** Each name as the beginning of a member of a JSON object, with a comma before it; undefined for those that agents may not say. */
    members: texts.map((text) => (SERVER_NAMES.test(text) ? undefined : Buffer.from(`,${JSON.stringify(text)}:`, 'utf8'))),
  }
}

function problemOfNames(texts: readonly string[]): string | undefined {
  const { attributesMax, attributeNameBytesMax } = SERVER_LIMITS
  if (new Set(texts).size < texts.length) return 'An attribute is there twice.'
  if (texts.length > attributesMax) return `A workload has at most ${attributesMax} attributes.`
  return texts.some((text) => text.length > attributeNameBytesMax) ? TOO_LONG : undefined
}

/** Why a workload with a long attribute is refused. */
export const TOO_LONG = `An attribute's name has at most ${SERVER_LIMITS.attributeNameBytesMax} and its value ${SERVER_LIMITS.attributeValueBytesMax} characters.`

/** What the server itself says of all workloads of an agent. */
export class ServerAttributes {
  readonly values: ReadonlyMap<string, string>
  /** As members of a JSON object, each with a comma before it. */
  readonly members: Buffer

  /** @param sources later ones win */
  constructor(...sources: readonly ReadonlyMap<string, string>[]) {
    const values = new Map<string, string>()
    for (const source of sources) for (const [name, value] of source) values.set(name, value)
    this.values = values
    this.members = Buffer.from(Array.from(values, ([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`).join(''), 'utf8')
  }
}

const NOTHING = new ServerAttributes()

/** Where values stand in the bytes of a request, two numbers for each: its start and its end. */
export interface SentValues {
  readonly bytes: Buffer
  readonly spans: readonly number[]
}

/**
 * The attributes of a workload: what its agent has sent, and over it what the server knows itself. What was sent stays in the bytes of the request:
 * policy reads two or three of its values, and events copy all of them as they are.
 */
export class WorkloadAttributes implements AttributeSource {
  readonly #sent: SentValues
  readonly #names: AttributeNames
  /** Place of the first value in the spans. */
  readonly #first: number
  #server = NOTHING

  constructor(sent: SentValues, names: AttributeNames, first: number) {
    this.#sent = sent
    this.#names = names
    this.#first = first
  }

  /** What the server itself knows wins over what the agent has sent, and what attestation of the agent has proven over the workload's. */
  complete(server: ServerAttributes): void {
    this.#server = server
  }

  get(name: string): string | undefined {
    const known = this.#server.values.get(name)
    if (known !== undefined) return known
    const place = this.#names.all.places.get(name)
    return place === undefined ? undefined : this.#valueAt(place)
  }

  *[Symbol.iterator](): Generator<readonly [string, string]> {
    const { values } = this.#server
    for (const [name, place] of this.#names.all.places) if (!values.has(name)) yield [name, this.#valueAt(place)]
    yield* values
  }

  /** Writes them as a JSON object. */
  writeTo(writer: EventWriter): void {
    const { texts, members } = this.#names.all
    const { bytes, spans } = this.#sent
    const { values, members: serverMembers } = this.#server
    const object = writer.openObject()
    for (let place = 0; place < members.length; place += 1) {
      const member = members[place]
      if (member === undefined || values.has(texts[place] ?? '')) continue
      const at = this.#first + 2 * place
      writer.json(member)
      writer.textOf(bytes, spans[at] ?? 0, spans[at + 1] ?? 0)
    }
    writer.json(serverMembers)
    writer.closeObject(object)
  }

  #valueAt(place: number): string {
    const at = this.#first + 2 * place
    return this.#sent.bytes.toString('utf8', this.#sent.spans[at], this.#sent.spans[at + 1])
  }
}
