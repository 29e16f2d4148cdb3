import type { MintEvent } from '@mintmark/mint/server'
import { storable } from '../schema/hash.ts'
import { bodyOf, EVENT_COLUMNS, EVENT_TYPES, headOf, SVID_TYPES } from './event-row.ts'
import { MINT_STORAGE_LIMITS } from './limits.ts'

/** Signature, flags and extension (PostgreSQL manual, "COPY", "Binary Format"). */
const HEADER = Buffer.from('PGCOPY\n\u00ff\r\n\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000', 'latin1')
/** Length of a column that is NULL. */
const NULL = -1
const TEXT_OID = 25
/** Timestamps count microseconds from here. */
const EPOCH_MS = Date.UTC(2000, 0, 1)
const START_BYTES = 256 * 1024
const UTF8_BYTES_PER_UNIT_MAX = 3
/** Shorter copies are made byte by byte: a call of the engine's costs more. */
const SHORT_BYTES = 48
const CLOSE = 0x7d

/** Bytes of a buffer that is kept for the next batch. Fresh memory costs the system as much as filling it costs us. */
const SPARE_BYTES_MAX = 8 * 1024 * 1024
let spare: Buffer | undefined

/** Where the parts stand, in bytes written already, that the rows of events share which come from one batch. */
interface SharedParts {
  readonly event: MintEvent
  /** From the number of columns to the time. */
  readonly start: Buffer
  /** From the type to the cluster. */
  readonly middle: Buffer
  /** The beginning of the body. */
  readonly head: Buffer
}

/**
 * Events as rows of COPY in the binary form, columns in the order of `EVENT_COLUMNS`: the database neither searches them for ends and escapes nor reads
 * their times. What an event has in bytes already is copied as it is.
 */
export class EventCopy {
  #rows = spare ?? Buffer.allocUnsafeSlow(START_BYTES)
  #at = 0
  #shared: SharedParts | undefined

  constructor() {
    spare = undefined
    this.#bytes(HEADER, 0, HEADER.length)
  }

  /** One row. */
  add(event: MintEvent): void {
    const { bytes, spiffeId } = event
    if (bytes === undefined || spiffeId === undefined || event.error !== undefined) return this.#addText(event)
    const { block, idAt, detailsAt, end } = bytes
    const { start, middle, head } = this.#sharedBy(event)
    const bodyBytes = head.length + end - detailsAt + 1
    if (bodyBytes > MINT_STORAGE_LIMITS.eventDetailsBytesMax) return this.#addText(event)
    this.#bytes(start, 0, start.length)
    this.#int32(detailsAt - idAt)
    this.#bytes(block, idAt, detailsAt)
    this.#bytes(middle, 0, middle.length)
    this.#text(spiffeId)
    this.#list(event.audience)
    this.#int32(bodyBytes)
    this.#bytes(head, 0, head.length)
    this.#bytes(block, detailsAt, end)
    this.#reserve(1)
    this.#rows[this.#at] = CLOSE
    this.#at += 1
  }

  /** All rows, ready to be sent. */
  finish(): Buffer {
    this.#int16(-1)
    return this.#rows.subarray(0, this.#at)
  }

  /** Says that the bytes of {@link finish} are not needed any more, so that the next rows may be written over them. */
  release(): void {
    if (this.#rows.length <= SPARE_BYTES_MAX) spare = this.#rows
  }

  /** The row of an event that has to be put into words. */
  #addText(event: MintEvent): void {
    this.#start(event)
    this.#text(event.id)
    this.#middle(event)
    this.#text(event.spiffeId)
    this.#list(event.audience)
    this.#text(bodyOf(event))
  }

  #sharedBy(event: MintEvent): SharedParts {
    if (this.#shared === undefined || !isAlike(this.#shared.event, event)) {
      const start = this.#copyOf(() => this.#start(event))
      const middle = this.#copyOf(() => this.#middle(event))
      this.#shared = { event, start, middle, head: Buffer.from(`${headOf(event)}"details":`, 'utf8') }
    }
    return this.#shared
  }

  /** What is written by a function, and is no part of the rows yet. */
  #copyOf(write: () => void): Buffer {
    const from = this.#at
    write()
    const copy = Buffer.from(this.#rows.subarray(from, this.#at))
    this.#at = from
    return copy
  }

  /** The number of columns and the first of them. */
  #start({ at }: MintEvent): void {
    this.#int16(EVENT_COLUMNS.length)
    this.#int32(8)
    this.#reserve(8)
    this.#at = this.#rows.writeBigInt64BE(BigInt(Date.parse(at) - EPOCH_MS) * 1_000n, this.#at)
  }

  #middle({ type, outcome, svidType, trustDomainId, clusterId }: MintEvent): void {
    this.#int32(2)
    this.#int16(EVENT_TYPES[type])
    this.#int32(1)
    this.#reserve(1)
    this.#at = this.#rows.writeUInt8(outcome === 'success' ? 1 : 0, this.#at)
    if (svidType === undefined) this.#int32(NULL)
    else {
      this.#int32(2)
      this.#int16(SVID_TYPES[svidType])
    }
    this.#text(trustDomainId)
    this.#text(clusterId)
  }

  /** A text column, or NULL. */
  #text(text: string | undefined): void {
    if (text === undefined) return this.#int32(NULL)
    this.#reserve(4 + text.length * UTF8_BYTES_PER_UNIT_MAX)
    const bytes = this.#rows.write(storable(text), this.#at + 4, 'utf8')
    this.#rows.writeInt32BE(bytes, this.#at)
    this.#at += 4 + bytes
  }

  /** An array of texts, or NULL: one dimension, numbered from 1, without nulls; an empty list has no dimension. */
  #list(texts: readonly string[] | undefined): void {
    const lengthAt = this.#at
    this.#int32(NULL)
    if (texts === undefined) return
    this.#int32(texts.length === 0 ? 0 : 1)
    this.#int32(0)
    this.#int32(TEXT_OID)
    if (texts.length > 0) {
      this.#int32(texts.length)
      this.#int32(1)
    }
    for (const text of texts) this.#text(text)
    this.#rows.writeInt32BE(this.#at - lengthAt - 4, lengthAt)
  }

  #int16(value: number): void {
    this.#reserve(2)
    this.#at = this.#rows.writeInt16BE(value, this.#at)
  }

  #int32(value: number): void {
    this.#reserve(4)
    this.#at = this.#rows.writeInt32BE(value, this.#at)
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
