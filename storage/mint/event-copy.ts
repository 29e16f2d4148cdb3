import type { MintEvent } from '@mintmark/mint/server'
import { bodyOf, EVENT_TYPES, headOf, SVID_TYPES } from './event-row.ts'
import { MINT_STORAGE_LIMITS } from './limits.ts'
import { arrayText, copyJson, copyValue } from './literals.ts'

/** COPY's word for NULL. */
const NULL = '\\N'
const BACKSLASH = 0x5c
const CLOSE = 0x7d
const NEWLINE = 0x0a
const START_BYTES = 256 * 1024
const UTF8_BYTES_PER_UNIT_MAX = 3
/** Shorter copies are made byte by byte: a call of the engine's costs more. */
const SHORT_BYTES = 48

/** Bytes of a buffer that is kept for the next batch. Fresh memory costs the system as much as filling it costs us. */
const SPARE_BYTES_MAX = 8 * 1024 * 1024
let spare: Buffer | undefined

/** What the rows of events share that come from one batch: written once, copied for each. */
interface SharedParts {
  readonly event: MintEvent
  readonly at: Buffer
  /** From the kind to the cluster. */
  readonly middle: Buffer
  /** The beginning of the body. */
  readonly head: Buffer
}

/** Events as rows of COPY in the text form, columns in the order of `EVENT_COLUMNS`. What an event has in bytes already is copied as it is. */
export class EventCopy {
  #rows = spare ?? Buffer.allocUnsafeSlow(START_BYTES)
  #at = 0
  #shared: SharedParts | undefined
  /** Where the next backslash of a block stands; -1: there is none. */
  #escape: { readonly block: Buffer; readonly from: number; readonly at: number } | undefined

  constructor() {
    spare = undefined
  }

  /** One row. */
  add(event: MintEvent): void {
    const { bytes, spiffeId } = event
    if (bytes === undefined || spiffeId === undefined || event.error !== undefined) return this.#text(rowOf(event))
    const { block, idAt, detailsAt, end } = bytes
    const shared = this.#sharedBy(event)
    const isLarge = shared.head.length + end - detailsAt > MINT_STORAGE_LIMITS.eventDetailsBytesMax
    if (isLarge || this.#hasEscape(block, idAt, end)) return this.#text(rowOf(event))
    this.#bytes(shared.at, 0, shared.at.length)
    this.#bytes(block, idAt, detailsAt)
    this.#bytes(shared.middle, 0, shared.middle.length)
    this.#text(copyValue(spiffeId))
    this.#text(event.audience === undefined ? `\t${NULL}\t` : `\t${copyValue(arrayText(event.audience))}\t`)
    this.#bytes(shared.head, 0, shared.head.length)
    this.#bytes(block, detailsAt, end)
    this.#reserve(2)
    this.#rows[this.#at] = CLOSE
    this.#rows[this.#at + 1] = NEWLINE
    this.#at += 2
  }

  /** All rows, ready to be sent. */
  finish(): Buffer {
    return this.#rows.subarray(0, this.#at)
  }

  /** Says that the bytes of {@link finish} are not needed any more, so that the next rows may be written over them. */
  release(): void {
    if (this.#rows.length <= SPARE_BYTES_MAX) spare = this.#rows
  }

  #sharedBy(event: MintEvent): SharedParts {
    if (this.#shared === undefined || !isAlike(this.#shared.event, event)) {
      const middle = `\t${kindOf(event)}\t${copyValue(event.trustDomainId)}\t${clusterOf(event)}\t`
      const head = `${copyJson(headOf(event))}"details":`
      this.#shared = { event, at: Buffer.from(`${event.at}\t`), middle: Buffer.from(middle), head: Buffer.from(head) }
    }
    return this.#shared
  }

  /** Whether a part of a block has a backslash, which COPY would take for the beginning of an escape. A block is searched once, and not for each of its events. */
  #hasEscape(block: Buffer, from: number, end: number): boolean {
    if (this.#escape?.block !== block || from < this.#escape.from || (this.#escape.at !== -1 && this.#escape.at < from))
      this.#escape = { block, from, at: block.indexOf(BACKSLASH, from) }
    return this.#escape.at !== -1 && this.#escape.at < end
  }

  #text(text: string): void {
    this.#reserve(text.length * UTF8_BYTES_PER_UNIT_MAX)
    this.#at += this.#rows.write(text, this.#at, 'utf8')
  }

  #bytes(source: Buffer, start: number, end: number): void {
    const bytes = end - start
    this.#reserve(bytes)
    if (bytes > SHORT_BYTES) source.copy(this.#rows, this.#at, start, end)
    else for (let index = 0; index < bytes; index += 1) this.#rows[this.#at + index] = source[start + index] ?? 0
    this.#at += bytes
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes
    if (needed <= this.#rows.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#rows.length))
    this.#rows.copy(larger, 0, 0, this.#at)
    this.#rows = larger
  }
}

/** Whether two events have in common all that is not their own. */
function isAlike(one: MintEvent, other: MintEvent): boolean {
  return (
    one.at === other.at &&
    one.expiresAt === other.expiresAt &&
    one.issuedAt === other.issuedAt &&
    one.agentId === other.agentId &&
    one.clusterId === other.clusterId &&
    one.keysetId === other.keysetId &&
    one.trustDomainId === other.trustDomainId &&
    one.type === other.type &&
    one.outcome === other.outcome &&
    one.svidType === other.svidType
  )
}

function kindOf({ type, outcome, svidType }: MintEvent): string {
  return `${EVENT_TYPES[type]}\t${outcome === 'success' ? 't' : 'f'}\t${svidType === undefined ? NULL : SVID_TYPES[svidType]}`
}

function clusterOf({ clusterId }: MintEvent): string {
  return clusterId === undefined ? NULL : copyValue(clusterId)
}

/** One line of text. */
function rowOf(event: MintEvent): string {
  const { at, id, trustDomainId, spiffeId, audience } = event
  const subject = `${clusterOf(event)}\t${spiffeId === undefined ? NULL : copyValue(spiffeId)}`
  const audiences = audience === undefined ? NULL : copyValue(arrayText(audience))
  return `${at}\t${copyValue(id)}\t${kindOf(event)}\t${copyValue(trustDomainId)}\t${subject}\t${audiences}\t${copyJson(bodyOf(event))}\n`
}
