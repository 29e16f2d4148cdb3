import { jitter, type Clock } from '../clock.ts'
import type { Logger } from '../log.ts'
import { openChannel, type Channel, type ChannelSecurity } from './channel/index.ts'
import { MAX_AGE_JITTER } from './settings.ts'

/** An endpoint that failed is passed over for so long, in milliseconds, while another one works. */
const PASS_OVER_MS = 15_000
/** How long calls that are under way may go on over a connection that was replaced, in milliseconds. */
const DRAIN_MS = 30_000

/** A channel to one endpoint. */
export interface Connection {
  readonly endpoint: string
  readonly channel: Channel
}

/** The channels to all endpoints, of which one is used: the first in order that works. */
export interface Connections {
  readonly pick: () => Connection
  /** Its endpoint did not answer: others go first for a while. */
  readonly failed: (connection: Connection) => void
  readonly worked: (connection: Connection) => void
  /** Called when the connection in use was replaced for its age: streams move over. */
  readonly onReplaced: (listener: () => void) => void
  /** Replaces every connection, as at its age: from now on they are made with what is trusted now. */
  readonly renew: () => void
  readonly close: () => void
}

interface Endpoint {
  readonly address: string
  connection: Connection | undefined
  openedAt: number
  maxAgeMs: number
  passedOverUntil: number
}

/** Dials lazily, fails over in order, and replaces a connection at its age without interrupting what runs over it. */
export function createConnections(parts: {
  readonly endpoints: readonly string[]
  readonly security: () => ChannelSecurity
  readonly maxAgeMs: number
  readonly clock: Clock
  readonly random: () => number
  readonly log: Logger
}): Connections {
  const { clock, log } = parts
  const endpoints: Endpoint[] = parts.endpoints.map((address) => ({ address, connection: undefined, openedAt: 0, maxAgeMs: 0, passedOverUntil: 0 }))
  const listeners = new Set<() => void>()
  const closing = new Set<Channel>()
  let isClosed = false
  let cancelAge = (): void => undefined

  function choose(): Endpoint {
    const now = clock.now()
    const rested = endpoints.filter(({ passedOverUntil }) => passedOverUntil <= now)
    const chosen = rested[0] ?? [...endpoints].sort((a, b) => a.passedOverUntil - b.passedOverUntil)[0]
    if (chosen === undefined) throw new Error('The agent has no endpoint of a trust domain server.')
    return chosen
  }
  function dial(endpoint: Endpoint): Connection {
    const channel = openChannel({ endpoint: endpoint.address, security: parts.security(), clock, random: parts.random })
    endpoint.connection = { endpoint: endpoint.address, channel }
    endpoint.openedAt = clock.now()
    endpoint.maxAgeMs = jitter(parts.maxAgeMs, MAX_AGE_JITTER, parts.random)
    watchAge()
    return endpoint.connection
  }
  function watchAge(): void {
    cancelAge()
    if (isClosed) return
    const open = endpoints.filter(({ connection }) => connection !== undefined)
    const next = Math.min(...open.map(({ openedAt, maxAgeMs }) => openedAt + maxAgeMs))
    if (open.length > 0) cancelAge = clock.after(next - clock.now(), replaceAged)
  }
  function replaceAged(): void {
    const now = clock.now()
    replace((endpoint) => now >= endpoint.openedAt + endpoint.maxAgeMs)
  }
  function replace(isDue: (endpoint: Endpoint) => boolean): void {
    let isReplaced = false
    for (const endpoint of endpoints) {
      if (endpoint.connection === undefined || !isDue(endpoint)) continue
      log.debug('A connection is replaced', { endpoint: endpoint.address })
      drain(endpoint.connection.channel)
      endpoint.connection = undefined
      isReplaced = true
    }
    watchAge()
    if (isReplaced) for (const listener of listeners) listener()
  }
  function drain(channel: Channel): void {
    closing.add(channel)
    clock.after(DRAIN_MS, () => {
      closing.delete(channel)
      channel.close()
    })
  }
  return {
    pick() {
      const endpoint = choose()
      return endpoint.connection ?? dial(endpoint)
    },
    failed(connection) {
      const endpoint = endpoints.find(({ address }) => address === connection.endpoint)
      if (endpoint === undefined || endpoint.connection?.channel !== connection.channel) return
      if (endpoint.passedOverUntil <= clock.now() && endpoints.length > 1)
        log.warn('An endpoint does not answer; the next one is used', { endpoint: endpoint.address })
      endpoint.passedOverUntil = clock.now() + PASS_OVER_MS
    },
    worked(connection) {
      const endpoint = endpoints.find(({ address }) => address === connection.endpoint)
      if (endpoint !== undefined) endpoint.passedOverUntil = 0
    },
    onReplaced: (listener) => void listeners.add(listener),
    renew: () => replace(() => true),
    close() {
      isClosed = true
      cancelAge()
      for (const { connection } of endpoints) connection?.channel.close()
      for (const channel of closing) channel.close()
    },
  }
}
