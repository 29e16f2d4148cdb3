import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { LIMITS, parseScanLine, ScanLineError, type ScanEvent } from '@mintmark/contract/scan'
import { ProblemError } from '../server/problem-error.ts'

const unpack = promisify(gunzip)

/** Lines that are checked before other requests get a turn. */
const LINES_PER_TURN = 500
/** Characters of what is said of a wrong line. */
const PROBLEM_CHARS_MAX = 256
const LINE_FEED = 0x0a

/** A chunk that was checked line by line. `sha256` is of the unpacked bytes, so that how it was packed makes no difference. */
export interface Chunk {
  readonly sha256: string
  readonly lines: readonly ScanEvent[]
}

/** A chunk as it arrived. */
export interface SentChunk {
  readonly body: Uint8Array
  /** Value of Content-Digest: `sha-256=:base64:` */
  readonly digest: string
  readonly gzip: boolean
}

/**
 * Checks a chunk against its digest, the limits and the schema of scan lines.
 *
 * @throws ProblemError digest-mismatch, body-too-large, line-too-large, line-invalid or content-type-unsupported; a wrong line is named by number and field
 */
export async function readChunk(sent: SentChunk): Promise<Chunk> {
  if (sent.body.length > LIMITS.chunkBytesMax) throw tooLarge(`A chunk is at most ${LIMITS.chunkBytesMax} bytes.`)
  if (`sha-256=:${createHash('sha256').update(sent.body).digest('base64')}:` !== sent.digest) {
    throw new ProblemError('digest-mismatch', { detail: 'The body was changed or cut on its way.', remedy: 'Send the chunk again.' })
  }
  const bytes = sent.gzip ? await unpackBounded(sent.body) : sent.body
  return { sha256: createHash('sha256').update(bytes).digest('hex'), lines: await readLines(bytes) }
}

async function unpackBounded(body: Uint8Array): Promise<Uint8Array> {
  try {
    return await unpack(body, { maxOutputLength: LIMITS.chunkBytesMax })
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(`A chunk unpacks to at most ${LIMITS.chunkBytesMax} bytes.`)
    throw new ProblemError('content-type-unsupported', { detail: 'The body is not gzip, though Content-Encoding says so.' })
  }
}

async function readLines(bytes: Uint8Array): Promise<readonly ScanEvent[]> {
  const lines: ScanEvent[] = []
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let number = 0
  for (let start = 0; start < bytes.length;) {
    number += 1
    if (number > LIMITS.chunkLinesMax) throw tooLarge(`A chunk has at most ${LIMITS.chunkLinesMax} lines.`)
    const feed = bytes.indexOf(LINE_FEED, start)
    const end = feed === -1 ? bytes.length : feed
    lines.push(readLine(bytes.subarray(start, end), number, decoder))
    start = end + 1
    if (number % LINES_PER_TURN === 0) await setImmediate()
  }
  return lines
}

function readLine(bytes: Uint8Array, number: number, decoder: TextDecoder): ScanEvent {
  if (bytes.length > LIMITS.lineBytesMax) {
    throw new ProblemError('line-too-large', {
      detail: `Line ${number} is longer than ${LIMITS.lineBytesMax} bytes.`,
      errors: [{ line: number, field: '', problem: 'too long' }],
    })
  }
  const line = parseLine(decodeLine(bytes, number, decoder), number)
  if (line.type === 'scan' || line.type === 'end') throw wrongLine(number, 'type', 'a chunk holds observations, coverage and problems only')
  return line
}

function decodeLine(bytes: Uint8Array, number: number, decoder: TextDecoder): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw wrongLine(number, '', 'not UTF-8')
  }
}

function parseLine(text: string, number: number) {
  try {
    return parseScanLine(text, number)
  } catch (error) {
    if (!(error instanceof ScanLineError)) throw error
    const separator = error.problem.lastIndexOf(': ')
    throw wrongLine(number, error.problem.slice(0, Math.max(separator, 0)), error.problem.slice(separator === -1 ? 0 : separator + 2))
  }
}

function wrongLine(line: number, field: string, problem: string): ProblemError {
  const place = field === '' ? `Line ${line}` : `Line ${line}, field ${field.slice(0, PROBLEM_CHARS_MAX)}`
  return new ProblemError('line-invalid', {
    detail: `${place}: ${problem.slice(0, PROBLEM_CHARS_MAX)}.`,
    remedy: 'Nothing of this chunk was stored. Use a scanner of the same version as the control plane.',
    errors: [{ line, field: field.slice(0, PROBLEM_CHARS_MAX), problem: problem.slice(0, PROBLEM_CHARS_MAX) }],
  })
}

function tooLarge(detail: string): ProblemError {
  return new ProblemError('body-too-large', { detail, remedy: 'Send more and smaller chunks.' })
}
