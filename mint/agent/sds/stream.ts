import { create } from '@bufbuild/protobuf'
import { randomBytes } from 'node:crypto'
import { envoyDiscovery } from '@mintmark/contract/grpc'
import type { X509State } from '../cache/x509-cache.ts'
import type { Logger } from '../log.ts'
import type { TrustState } from '../trust/trust.ts'
import { readNode, type EnvoyNode } from './node.ts'
import { digestOf, SECRET_TYPE_URL, secretsOf, type SecretNames } from './secrets.ts'

/** Most names that one request may list. */
export const NAMES_MAX = 1_000

/** What an SDS stream holds: names asked for, the last answer, and what the Envoy said of it. */
export interface SdsStream {
  /** A request: the first one, a new list of names, an acknowledgement or a complaint. */
  onRequest(request: envoyDiscovery.DiscoveryRequest): void
  /** Identities or trust have changed. */
  onState(state: X509State, trust: TrustState): void
}

/**
 * The state machine of one StreamSecrets stream (xDS protocol, "ACK/NACK and resource type instance version").
 *
 * - the first request names the node; later ones need not
 * - a request whose nonce is not that of the last answer is stale and changes nothing
 * - a complaint (NACK) is logged and not answered: sending the same again would loop
 * - an answer goes out when the list of names changes or when what it would hold differs from the last one
 */
export function createSdsStream(parts: {
  readonly names: SecretNames
  readonly spiffeValidation: boolean
  readonly log: Logger
  readonly send: (response: envoyDiscovery.DiscoveryResponse) => void
}): SdsStream {
  let node: EnvoyNode | undefined
  let wanted: readonly string[] | undefined
  let source: { readonly state: X509State; readonly trust: TrustState } | undefined
  let nonce = ''
  let version = 0
  let sent: string | undefined
  let reported = ''

  function answer(isForced: boolean): void {
    if (wanted === undefined || source === undefined) return
    const validatesSpiffe = parts.spiffeValidation && node?.validatesSpiffe !== false
    const { resources, unknown } = secretsOf({ ...source, names: parts.names, validatesSpiffe }, wanted)
    report(unknown)
    const content = digestOf(resources)
    if (!isForced && sent === content) return
    sent = content
    version += 1
    nonce = randomBytes(4).toString('hex')
    parts.send(create(envoyDiscovery.DiscoveryResponseSchema, { versionInfo: String(version), typeUrl: SECRET_TYPE_URL, nonce, resources }))
  }
  function report(unknown: readonly string[]): void {
    const text = unknown.join(' ')
    if (text === reported) return
    reported = text
    if (text !== '') parts.log.info('Secrets were asked for that this agent does not have; they are left out', { node: node?.id, names: unknown.slice(0, 20) })
  }
  return {
    onRequest(request) {
      if (node === undefined || request.node !== undefined) node = readNode(request.node)
      const names = request.resourceNames.slice(0, NAMES_MAX)
      if (request.responseNonce !== '' && request.responseNonce !== nonce) return
      if (request.errorDetail !== undefined)
        parts.log.warn('An Envoy refused its secrets', { node: node.id, version: request.versionInfo, reason: request.errorDetail.message.slice(0, 500) })
      const isNew = wanted === undefined || !sameNames(wanted, names)
      wanted = names
      if (isNew) answer(true)
    },
    onState(state, trust) {
      source = { state, trust }
      answer(false)
    },
  }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  const names = new Set(a)
  return b.every((name) => names.has(name))
}
