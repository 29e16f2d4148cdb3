import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { ApiError, createClient, type Client, type Output, type ScannerKeyFile } from '@mintmark/contract/http'
import type { ScanEnd, ScanEvent, ScanHeader } from '@mintmark/contract/scan'
import { fingerprintKeyOf, UserError, type FingerprintKey } from '@mintmark/ledger/model'
import type { ScanSink } from '../scan/sink.ts'
import { isLoopback } from '../server/address.ts'
import { explainServerError } from '../server/connect.ts'
import { createChunker } from './chunker.ts'
import { BRIEF, PATIENT, withPatience, type Patience } from './retry.ts'
import { createTokenSource } from './token.ts'

const compress = promisify(gzip)
/** Seconds that one request waits for a scan to become visible; then it asks again. */
const WAIT_SECONDS = 20
/** Times that the end is sent again after the server lost it; more than this is not a restart but a fault. */
const ENDS_MAX = 20

/** Where a scan goes, and as whom. */
export interface SenderOptions {
  readonly server: string
  readonly key: ScannerKeyFile
  readonly signal: AbortSignal
  readonly now: () => Date
  /** Told what a person may want to see: pauses and their reasons. */
  readonly onNotice?: (sentence: string) => void
  readonly patience?: { readonly first: Patience; readonly later: Patience }
  readonly fetch?: typeof fetch
}

/** A scan as the control plane shows it after it was sent. */
export type SentScan = Output<'endScan'>

/** A sink that sends scans, one after the other, to a control plane. */
export interface ScanSender extends ScanSink {
  /** The last scan that ended, as the control plane shows it. */
  readonly sent: SentScan | undefined
  /** The key that the control plane manages for all its scanners; undefined when they bring their own. */
  fingerprintKey(): Promise<FingerprintKey | undefined>
}

/**
 * Sends scans in numbered chunks with digests. Every request is idempotent and repeated until it is answered, so a server that is
 * killed and started again in the middle loses and doubles nothing (law 5). At most two chunks are held in memory.
 *
 * Requests end in a UserError when the server refuses, or does not answer for as long as patience lasts.
 */
export function createSender(options: SenderOptions): ScanSender {
  const token = createTokenSource(options)
  const client = createClient({ server: options.server, token: () => token.get(), ...(options.fetch === undefined ? {} : { fetch: options.fetch }) })
  const isNear = isLoopback(new URL(options.server).hostname)
  const patience = options.patience ?? { first: BRIEF, later: PATIENT }
  let scan: { readonly id: string; sequence: number; readonly chunker: ReturnType<typeof createChunker> } | undefined
  let sent: SentScan | undefined
  /** The chunk on its way. The next one is filled meanwhile; so two are in memory, no more. */
  let onItsWay: Promise<void> = Promise.resolve()

  async function request<Answer>(call: (client: Client) => Promise<Answer>, howLong = patience.later): Promise<Answer> {
    try {
      return await withPatience(howLong, options.signal, () => withFreshToken(() => call(client)), notice)
    } catch (error) {
      throw explainServerError(error)
    }
  }

  /** After a restart with other data, or a long pause, the token may be unknown although its time is not over. */
  async function withFreshToken<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof ApiError) || !error.is('credentials-invalid')) throw error
      token.forget()
      return await call()
    }
  }

  function notice(error: unknown): void {
    const explained = explainServerError(error)
    options.onNotice?.(`${explained instanceof Error ? explained.message : 'The control plane did not answer.'} Trying again.`)
  }

  async function sendChunk(text: string): Promise<void> {
    const { id, sequence } = current()
    const plain = Buffer.from(text)
    const body = new Uint8Array(isNear ? plain : await compress(plain))
    const digest = createHash('sha256').update(body).digest('base64')
    const headers = { 'content-digest': `sha-256=:${digest}:`, ...(isNear ? {} : { 'content-encoding': 'gzip' as const }) }
    await request((to) => to.appendChunk({ params: { scanId: id, sequence }, headers, body, signal: options.signal }))
    current().sequence = sequence + 1
  }

  function current(): NonNullable<typeof scan> {
    if (scan === undefined) throw new Error('A scan takes lines between its beginning and its end only')
    return scan
  }

  async function finish(end: ScanEnd): Promise<SentScan> {
    const { id } = current()
    for (let attempt = 0; attempt < ENDS_MAX; attempt += 1) {
      let state: SentScan = await request((to) =>
        to.endScan({ params: { scanId: id }, query: { waitSeconds: WAIT_SECONDS }, body: end, signal: options.signal }),
      )
      while (state.state === 'publishing') {
        state = await request((to) => to.getScan({ params: { scanId: id }, query: { waitSeconds: WAIT_SECONDS }, signal: options.signal }))
      }
      if (state.state !== 'receiving') return state
      options.onNotice?.(`The control plane could not apply the scan${state.failure === undefined ? '' : ` (${state.failure})`}. Trying again.`)
    }
    throw new UserError(
      'scan-not-applied',
      `The control plane received the scan but could not apply it ${ENDS_MAX} times.`,
      'Its log says why. Send the scan again when that is mended.',
    )
  }

  return {
    async begin(header: ScanHeader) {
      const begun = await request((to) => to.beginScan({ body: header, signal: options.signal }), sent === undefined ? patience.first : patience.later)
      onItsWay = Promise.resolve()
      scan = { id: begun.id, sequence: begun.nextSequence, chunker: createChunker() }
    },
    take(event: ScanEvent) {
      const chunk = current().chunker.add(event)
      if (chunk === undefined) return undefined
      const before = onItsWay
      onItsWay = before.then(() => sendChunk(chunk))
      // Whoever waits next meets the failure; until then it is not an unhandled one.
      onItsWay.catch(() => undefined)
      return before
    },
    async end(end: ScanEnd) {
      await onItsWay
      const rest = current().chunker.flush()
      if (rest !== undefined) await sendChunk(rest)
      sent = await finish(end)
      scan = undefined
    },
    fingerprintKey: () => request((to) => readManagedKey(to, options.signal), patience.first),
    get sent() {
      return sent
    },
  }
}

async function readManagedKey(client: Client, signal: AbortSignal): Promise<FingerprintKey | undefined> {
  try {
    const { key } = await client.getFingerprintKey({ signal })
    return fingerprintKeyOf(Buffer.from(key, 'hex'))
  } catch (error) {
    // What is not there is an answer here and no failure.
    if (error instanceof ApiError && error.is('not-found')) return undefined
    throw error
  }
}
