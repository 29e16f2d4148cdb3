import { connect, type ClientHttp2Session } from 'node:http2'
import type { Clock } from '../../clock.ts'
import { Refusal } from '../../refusal.ts'
import { status } from '../../status.ts'
import { createBackOff } from '../back-off.ts'
import { authorityOf, type ServerAddress } from './address.ts'
import { dial, type ChannelSecurity } from './dial.ts'

/** Milliseconds between pings of a connection, and the wait for their answer: a dead peer is noticed within a minute. */
const PING_MS = 40_000
const PING_TIMEOUT_MS = 10_000
/** Longest time for connecting, in milliseconds. */
const DIAL_TIMEOUT_MS = 10_000
/** How long calls are refused without dialling after that has failed, in milliseconds: whoever asks in a loop does not make a loop of dials. */
const REDIAL = { firstMs: 100, longestMs: 1_000 } as const
/** What a server may send ahead of our reading, in bytes, for one call and for all: five hundred certificates come in one piece. */
const STREAM_WINDOW_BYTES = 1024 * 1024
const WINDOW_BYTES = 4 * 1024 * 1024

/** The connection to one server: made when it is needed, made anew when it is lost or the server has said farewell. */
export interface Connection {
  /** Waits for one that calls can go over. @throws Refusal while the server cannot be reached */
  readonly ready: () => Promise<ClientHttp2Session>
  /** Ends what is open. */
  readonly close: () => void
}

/** Keeps the connection to a server; nothing is dialled yet. */
export function keepConnection(parts: {
  readonly address: ServerAddress
  readonly security: ChannelSecurity
  readonly clock: Clock
  readonly random: () => number
}): Connection {
  const { address, clock, security } = parts
  const backOff = createBackOff(REDIAL, parts.random)
  const sessions = new Set<ClientHttp2Session>()
  const closing = new AbortController()
  /** The connection that new calls go over; one that a server has said farewell to serves only those that it has. */
  let current: ClientHttp2Session | undefined
  let dialling: Promise<ClientHttp2Session> | undefined
  let context = 0
  let rest: { readonly until: number; readonly refusal: Refusal } | undefined

  async function ready(): Promise<ClientHttp2Session> {
    // A session knows of a farewell before it tells.
    if (current !== undefined && !current.closed && !current.destroyed) return current
    if (rest !== undefined && clock.now() < rest.until) throw rest.refusal
    dialling ??= open().finally(() => (dialling = undefined))
    return dialling
  }
  async function open(): Promise<ClientHttp2Session> {
    const late = new AbortController()
    const cancelLate = clock.after(DIAL_TIMEOUT_MS, () => late.abort())
    try {
      const dialled = await dial(address, security, context, AbortSignal.any([closing.signal, late.signal]))
      context = dialled.context
      if (closing.signal.aborted) dialled.socket.destroy()
      backOff.reset()
      rest = undefined
      const session = connect(`${security === undefined ? 'http' : 'https'}://${authorityOf(address)}`, {
        createConnection: () => dialled.socket,
        settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
      })
      keep(session)
      return session
    } catch (error) {
      const refusal = new Refusal(status.UNAVAILABLE, `The trust domain server cannot be reached (${reasonOf(error)}).`, { cause: error })
      rest = { until: clock.now() + backOff.next(), refusal }
      throw refusal
    } finally {
      cancelLate()
    }
  }
  function keep(session: ClientHttp2Session): void {
    current = session
    sessions.add(session)
    const forget = (): void => {
      if (current === session) current = undefined
    }
    session.once('connect', () => session.setLocalWindowSize(WINDOW_BYTES))
    session.on('goaway', forget)
    // The calls over it hear of its end by themselves.
    session.on('error', forget)
    const cancelPings = startPings(session, clock)
    session.once('close', () => {
      cancelPings()
      sessions.delete(session)
      forget()
    })
    // Whether the process goes on is decided elsewhere.
    session.unref()
  }
  return {
    ready,
    close() {
      closing.abort()
      current = undefined
      for (const session of sessions) session.destroy()
    },
  }
}

/** Notices a peer that is gone without a word. @returns what ends the pings */
function startPings(session: ClientHttp2Session, clock: Clock): () => void {
  let cancel = clock.after(PING_MS, beat)
  function beat(): void {
    cancel = clock.after(PING_TIMEOUT_MS, () => session.destroy())
    const isSent = session.ping(() => {
      cancel()
      if (!session.destroyed) cancel = clock.after(PING_MS, beat)
    })
    if (!isSent) session.destroy()
  }
  return () => cancel()
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
