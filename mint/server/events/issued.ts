import type { MintEvent, WorkloadPlace } from '../ports.ts'

/** What every event of an issued credential says. */
interface IssuedFields {
  readonly id: string
  readonly at: string
  readonly trustDomainId: string
  readonly clusterId: string
  readonly agentId: string
  readonly spiffeId: string
  readonly svidType: 'x509' | 'jwt'
  readonly keysetId: string
  readonly expiresAt: string
  readonly place: WorkloadPlace
  readonly detailsText: string
}

/**
 * A credential was issued. There are thousands of these a second, and they wait in a queue: what they say beside their columns is one text from the beginning,
 * so that a collector of garbage meets one thing where it would meet thirty.
 */
export class IssuedEvent implements MintEvent {
  readonly type = 'workload_credential_issued'
  readonly outcome = 'success'
  readonly id: string
  readonly at: string
  readonly trustDomainId: string
  readonly clusterId: string
  readonly agentId: string
  readonly spiffeId: string
  readonly svidType: 'x509' | 'jwt'
  readonly keysetId: string
  readonly issuedAt: string
  readonly expiresAt: string
  readonly place: WorkloadPlace
  readonly detailsText: string

  constructor(fields: IssuedFields) {
    this.id = fields.id
    this.at = fields.at
    this.trustDomainId = fields.trustDomainId
    this.clusterId = fields.clusterId
    this.agentId = fields.agentId
    this.spiffeId = fields.spiffeId
    this.svidType = fields.svidType
    this.keysetId = fields.keysetId
    this.issuedAt = fields.at
    this.expiresAt = fields.expiresAt
    this.place = fields.place
    this.detailsText = fields.detailsText
  }

  get details(): Readonly<Record<string, unknown>> {
    return JSON.parse(this.detailsText)
  }
}

/** A token was issued. */
export class IssuedTokenEvent extends IssuedEvent {
  readonly audience: readonly string[]

  constructor(fields: IssuedFields, audience: readonly string[]) {
    super(fields)
    this.audience = audience
  }
}

const ANYTHING = /^/

/**
 * The same text in one piece. The engine keeps what was put together as the tree of its pieces until somebody searches it:
 * a text that waits would be five times as large, and as many objects as it has pieces, each of which every collection of garbage copies.
 */
export function inOnePiece(text: string): string {
  return ANYTHING.test(text) ? text : ''
}

/** Text that stands in JSON as it is. */
const PLAIN = /^[ !#-[\]-~]*$/
/** Names of attributes as members of a JSON object; the same few come with every workload. */
const members = new Map<string, string>()
const MEMBERS_MAX = 4_096

/** A text as JSON. */
export function jsonText(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text)
}

/** Attributes as a JSON object. Twice as fast as an object that is made to be written. */
export function jsonObject(attributes: ReadonlyMap<string, string>): string {
  let text = ''
  for (const [name, value] of attributes) text += `${memberOf(name)}${jsonText(value)}`
  return text === '' ? '{}' : `{${text.slice(1)}}`
}

function memberOf(name: string): string {
  const known = members.get(name)
  if (known !== undefined) return known
  const member = `,${JSON.stringify(name)}:`
  if (members.size >= MEMBERS_MAX) members.clear()
  members.set(name, member)
  return member
}

/** Where attestors of Kubernetes say that a workload runs. */
export function placeOf(attributes: ReadonlyMap<string, string>): WorkloadPlace {
  return {
    namespace: attributes.get('kubernetes.pod.namespace'),
    serviceAccount: attributes.get('kubernetes.pod.service_account'),
    podOwner: attributes.get('kubernetes.pod.owner'),
  }
}
