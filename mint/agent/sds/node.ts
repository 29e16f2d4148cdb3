import type { JsonObject } from '@bufbuild/protobuf'
import type { envoyCore } from '@mintmark/contract/grpc'

/** The first Envoy with the SPIFFE certificate validator. */
const SPIFFE_VALIDATOR_SINCE = { major: 1, minor: 18 }

/** Node metadata by which an Envoy asks for plain validation; the name is the one that other agents read, so that configurations work unchanged. */
const DISABLE_METADATA = 'disable_spiffe_cert_validation'

/** What a stream needs to know of the Envoy at its other end. Only the first request of a stream tells it. */
export interface EnvoyNode {
  readonly id: string
  /** False for an Envoy that is too old for the SPIFFE validator or that asks to go without. */
  readonly validatesSpiffe: boolean
}

/** Reads a request's node. An Envoy that does not tell its version is taken for a new one. */
export function readNode(node: envoyCore.Node | undefined): EnvoyNode {
  if (node === undefined) return { id: '', validatesSpiffe: true }
  return { id: node.id.slice(0, 256), validatesSpiffe: !isOld(node) && !isDisabled(node.metadata) }
}

function isOld(node: envoyCore.Node): boolean {
  const { userAgentVersionType: version } = node
  if (version.case === 'userAgentBuildVersion')
    return version.value.version !== undefined && precedes(version.value.version.majorNumber, version.value.version.minorNumber)
  const match = version.case === 'userAgentVersion' ? /^v?(\d+)\.(\d+)/.exec(version.value) : null
  return match !== null && precedes(Number(match[1]), Number(match[2]))
}

function precedes(major: number, minor: number): boolean {
  return major < SPIFFE_VALIDATOR_SINCE.major || (major === SPIFFE_VALIDATOR_SINCE.major && minor < SPIFFE_VALIDATOR_SINCE.minor)
}

function isDisabled(metadata: JsonObject | undefined): boolean {
  const value = metadata?.[DISABLE_METADATA]
  return value === true || value === 'true'
}
