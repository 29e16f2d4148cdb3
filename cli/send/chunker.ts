import { formatScanLine, LIMITS, type ScanEvent } from '@mintmark/contract/scan'

/** Well below the limit of the protocol: small enough to be repeated cheaply, large enough that requests do not count. */
const CHUNK_BYTES = 1024 * 1024
const CHUNK_LINES = 5_000

/** Collects lines until they make a chunk. */
export interface Chunker {
  /** @returns the text of a full chunk, now and then */
  add(event: ScanEvent): string | undefined
  /** What is left; undefined when nothing is. */
  flush(): string | undefined
  /** Lines since the beginning. */
  readonly lines: number
}

/** @throws Error for a line over the limit: the scanner cuts long names before, so this is a bug of ours */
export function createChunker(): Chunker {
  let texts: string[] = []
  let bytes = 0
  let lines = 0
  function take(): string | undefined {
    if (texts.length === 0) return undefined
    const chunk = texts.join('')
    texts = []
    bytes = 0
    return chunk
  }
  return {
    add(event) {
      const text = `${formatScanLine(event)}\n`
      const size = Buffer.byteLength(text)
      if (size > LIMITS.lineBytesMax) throw new Error(`A line of the scan has ${size} bytes; at most ${LIMITS.lineBytesMax} are allowed`)
      const full = bytes + size > CHUNK_BYTES || texts.length === CHUNK_LINES ? take() : undefined
      texts.push(text)
      bytes += size
      lines += 1
      return full
    },
    flush: take,
    get lines() {
      return lines
    },
  }
}
