import { status } from '../status.ts'
import { Refusal } from '../refusal.ts'
import type { CallMetadata } from '../rpc/metadata.ts'
import type { SocketConnection } from './connection.ts'

/** Most streams over all connections, and over one. */
export interface AdmissionLimits {
  readonly streamsMax: number
  readonly streamsPerConnectionMax: number
}

/** What the agent uses: ten thousand callers with two streams each. */
export const ADMISSION_LIMITS: AdmissionLimits = { streamsMax: 20_000, streamsPerConnectionMax: 100 }

/** Counts streams and says who may open one more. */
export interface Admission {
  /** Opens a stream. @returns what closes it again @throws Refusal UNAVAILABLE when there are too many */
  readonly openStream: (connection: SocketConnection) => () => void
  readonly streams: () => number
}

/** An admission with these limits. */
export function createAdmission(limits: AdmissionLimits): Admission {
  let streams = 0
  return {
    openStream(connection) {
      if (streams >= limits.streamsMax) throw new Refusal(status.UNAVAILABLE, 'The agent has too many open streams; try again.')
      if (connection.streams >= limits.streamsPerConnectionMax) throw new Refusal(status.UNAVAILABLE, 'This connection has too many open streams; close some.')
      streams += 1
      connection.streams += 1
      let isOpen = true
      return () => {
        if (!isOpen) return
        isOpen = false
        streams -= 1
        connection.streams -= 1
      }
    },
    streams: () => streams,
  }
}

/** The metadata that a Workload API call must carry: it keeps out requests that somebody was tricked into sending (Workload Endpoint section 6.1). */
const SECURITY_HEADER = 'workload.spiffe.io'

/** @throws Refusal INVALID_ARGUMENT unless the header is there once, with the value `true` */
export function requireSecurityHeader(metadata: CallMetadata): void {
  const values = metadata.get(SECURITY_HEADER)
  if (values.length !== 1 || values[0] !== 'true')
    throw new Refusal(status.INVALID_ARGUMENT, `The metadata "${SECURITY_HEADER}: true" is missing; use a SPIFFE client, or add it.`)
}

/** Longest exchange token, in bytes. */
const EXCHANGE_TOKEN_BYTES_MAX = 16 * 1024

/** A token of the workload's own that the jwt attestor may turn into attributes. */
export function exchangeTokenOf(metadata: CallMetadata): string | undefined {
  const [value, more] = metadata.get('identity-exchange-token')
  if (value === undefined) return undefined
  if (more !== undefined || value.length > EXCHANGE_TOKEN_BYTES_MAX)
    throw new Refusal(status.INVALID_ARGUMENT, `The metadata "identity-exchange-token" must be there once and have ${EXCHANGE_TOKEN_BYTES_MAX} bytes at most.`)
  return value
}
