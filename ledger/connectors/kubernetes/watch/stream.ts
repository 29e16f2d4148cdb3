import { ApiError } from '../api-error.ts'
import type { ApiClient } from '../client.ts'
import { fieldsOf, optionalText } from '../objects/fields.ts'
import { parseItem } from '../reader/parse-item.ts'
import type { ParsedItem } from '../reader/parse-item.ts'

/** One line of a watch. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly item: ParsedItem
  /** Where a later watch goes on. */
  readonly resourceVersion: string | undefined
}

/** The server ends a watch after this time, a little different for each so that they do not return together. */
const WATCH_SECONDS_MIN = 240
const WATCH_SECONDS_SPREAD = 60
/** A server that neither sends nor ends for this long after the agreed time is gone. */
const GRACE_MS = 30_000
/** Bytes of one line: one object. */
const LINE_BYTES_MAX = 64 * 1024 * 1024
const LINE_FEED = 0x0a
const BEGIN_BYTES = 16 * 1024

/** What to watch, and from where. */
export interface WatchRequest {
  readonly client: ApiClient
  readonly path: string
  readonly fieldSelector: string | undefined
  readonly resourceVersion: string
  readonly signal: AbortSignal
}

/**
 * Watches a collection from a known state until the server ends the watch, which is an ordinary end.
 * Each event is valid until the next one is asked for.
 *
 * @throws ApiError; `gone` when the state is too old to go on from
 */
export async function* watchOnce({ client, path, fieldSelector, resourceVersion, signal }: WatchRequest): AsyncGenerator<WatchEvent> {
  const timeoutSeconds = WATCH_SECONDS_MIN + Math.floor(Math.random() * WATCH_SECONDS_SPREAD)
  const query = { watch: 1, allowWatchBookmarks: 'true', resourceVersion, timeoutSeconds, fieldSelector }
  const body = await client.stream(path, query, { signal, watch: true, idleMsMax: timeoutSeconds * 1_000 + GRACE_MS })
  let buffer = Buffer.allocUnsafe(BEGIN_BYTES)
  let filled = 0
  for await (const chunk of body) {
    if (filled + chunk.length > buffer.length) {
      if (filled + chunk.length > LINE_BYTES_MAX) throw new ApiError('protocol', `An event of the watch is larger than ${LINE_BYTES_MAX} bytes`)
      const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, filled + chunk.length))
      buffer.copy(larger, 0, 0, filled)
      buffer = larger
    }
    let searched = filled
    chunk.copy(buffer, filled)
    filled += chunk.length
    let start = 0
    for (;;) {
      const end = buffer.subarray(0, filled).indexOf(LINE_FEED, Math.max(start, searched))
      if (end < 0) break
      const event = toEvent(buffer.subarray(start, end))
      start = end + 1
      searched = start
      if (event !== undefined) yield event
    }
    buffer.copyWithin(0, start, filled)
    filled -= start
  }
}

const TYPE = /^\s*\{\s*"type"\s*:\s*"([A-Z]{1,16})"\s*,\s*"object"\s*:\s*/
const TYPE_BYTES_MAX = 128

function toEvent(line: Buffer): WatchEvent | undefined {
  if (line.length === 0) return undefined
  let item: ParsedItem
  const [prefix = '', type = ''] = TYPE.exec(line.toString('latin1', 0, TYPE_BYTES_MAX)) ?? []
  try {
    item = parseItem(line.subarray(prefix.length, line.lastIndexOf('}')))
  } catch {
    throw new ApiError('protocol', 'An event of the watch is not valid JSON')
  }
  const object = fieldsOf(item.value)
  if (type === 'ERROR') {
    const code = object['code']
    if (code === 410) throw new ApiError('gone', 'The API server no longer keeps the state that the watch began with (410)')
    throw new ApiError('busy', `The API server ended the watch with status ${typeof code === 'number' ? code : 'unknown'}`)
  }
  const resourceVersion = optionalText(fieldsOf(object['metadata'])['resourceVersion'])
  if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED' || type === 'BOOKMARK') return { type, item, resourceVersion }
  return undefined
}
