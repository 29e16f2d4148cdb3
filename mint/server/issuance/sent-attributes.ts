import { SERVER_LIMITS } from '../limits.ts'
import { AttributeNames, TOO_LONG, WorkloadAttributes } from './attributes.ts'
import type { Unreadable } from './want.ts'

/** Lists of names that are remembered, those included that others begin with. */
const LISTS_MAX = 4_096
let none = new AttributeNames()
let lists = 0

/** Collects the attributes of the workloads of one request, one after the other. Only where they stand is noted; of names that are known not even a text is made. */
export class SentAttributes {
  readonly #bytes: Buffer
  readonly #spans: number[] = []
  #first = 0
  #count = 0
  #names = none
  #hasLongValue = false

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Begins a workload. */
  begin(): void {
    if (lists > LISTS_MAX) [none, lists] = [new AttributeNames(), 0]
    this.#first = this.#spans.length
    this.#count = 0
    this.#names = none
    this.#hasLongValue = false
  }

  /** One attribute, by where its name and its value stand. */
  add(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    // One too many is enough to refuse them all.
    if (this.#count > SERVER_LIMITS.attributesMax) return
    this.#count += 1
    this.#names = this.#names.find(this.#bytes, nameStart, nameEnd) ?? this.#learn(nameStart, nameEnd)
    this.#spans.push(valueStart, valueEnd)
    if (valueEnd - valueStart > SERVER_LIMITS.attributeValueBytesMax) this.#hasLongValue ||= this.#isLong(valueStart, valueEnd)
  }

  /** Ends it. */
  end(): WorkloadAttributes | Unreadable {
    const reason = this.#names.all.problem ?? (this.#hasLongValue ? TOO_LONG : undefined)
    return reason === undefined ? new WorkloadAttributes({ bytes: this.#bytes, spans: this.#spans }, this.#names, this.#first) : { reason }
  }

  #learn(start: number, end: number): AttributeNames {
    lists += 1
    return this.#names.learn(this.#bytes.toString('utf8', start, end))
  }

  /** A text has at most as many characters as bytes, so only long ones are looked at. */
  #isLong(start: number, end: number): boolean {
    return this.#bytes.toString('utf8', start, end).length > SERVER_LIMITS.attributeValueBytesMax
  }
}
