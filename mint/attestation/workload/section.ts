import type { WorkloadAttestationSettings } from './attestation.ts'
import { objectOf, objectsOf, textOf } from './json.ts'

/** A section of managed configuration that cannot be used. */
export class SectionError extends Error {
  constructor(pointer: string, happened: string) {
    super(`${pointer}: ${happened}`)
    this.name = 'SectionError'
  }
}

type Fields = Readonly<Record<string, unknown>>

/**
 * The settings of an agent with section `WorkloadAttestation` laid over them, attestor by attestor and field by field. What only the
 * node can know (kubelet, sockets, files of roots) stays with the agent's own settings, so that the server cannot point it elsewhere.
 *
 * @throws SectionError with a JSON pointer
 */
export function applyWorkloadAttestation(own: WorkloadAttestationSettings, spec: unknown): WorkloadAttestationSettings {
  if (spec === undefined || spec === null) return own
  const fields = objectOf(spec)
  if (fields === undefined) throw new SectionError('', 'is no object')
  const kubernetes = attestorOf(fields, 'kubernetes')
  const linux = attestorOf(fields, 'linux')
  const docker = attestorOf(fields, 'docker')
  const systemd = attestorOf(fields, 'systemd')
  const jwt = attestorOf(fields, 'jwt')
  return {
    kubernetes: chosen(own.kubernetes, kubernetes, true, {
      includeAnnotationPrefixes: textsAt(kubernetes, '/kubernetes', 'includeAnnotationPrefixes') ?? own.kubernetes?.includeAnnotationPrefixes,
    }),
    linux: chosen(own.linux, linux, true, {
      discoverWorkloadPath: booleanAt(linux, '/linux', 'discoverWorkloadPath') ?? own.linux?.discoverWorkloadPath,
    }),
    docker: chosen(own.docker, docker, false, { includeEnvVars: textsAt(docker, '/docker', 'includeEnvVars') ?? own.docker?.includeEnvVars }),
    systemd: systemd === undefined ? own.systemd : (booleanAt(systemd, '/systemd', 'enabled') ?? own.systemd),
    jwt: chosen(own.jwt, jwt, jwt?.['allowedIssuers'] !== undefined, { allowedIssuers: issuersAt(jwt) ?? own.jwt?.allowedIssuers ?? [] }),
  }
}

/**
 * The allow list of section `AttributeRedaction` (`policy.allowList.filters`), or undefined when it sets none.
 *
 * @throws SectionError with a JSON pointer
 */
export function allowedAttributesOf(spec: unknown): readonly string[] | undefined {
  const allowList = objectOf(objectOf(objectOf(spec)?.['policy'])?.['allowList'])
  return textsAt(allowList, '/policy/allowList', 'filters')
}

/** What the section says wins; what it does not mention stays as the agent was told; what neither mentions has the default. */
function chosen<Settings extends object>(own: Settings | undefined, fields: Fields | undefined, byDefault: boolean, changed: Settings): Settings | undefined {
  if (fields === undefined) return own
  const enabled = booleanAt(fields, '', 'enabled') ?? (own !== undefined || byDefault)
  return enabled ? { ...own, ...changed } : undefined
}

function attestorOf(fields: Fields, name: string): Fields | undefined {
  const value = fields[name]
  if (value === undefined || value === null) return undefined
  const attestor = objectOf(value)
  if (attestor === undefined) throw new SectionError(`/${name}`, 'is no object')
  return attestor
}

function booleanAt(fields: Fields | undefined, pointer: string, name: string): boolean | undefined {
  const value = fields?.[name]
  if (value === undefined || typeof value === 'boolean') return value
  throw new SectionError(`${pointer}/${name}`, 'is neither true nor false')
}

function textsAt(fields: Fields | undefined, pointer: string, name: string): readonly string[] | undefined {
  const value = fields?.[name]
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value) || !value.every((text) => typeof text === 'string')) throw new SectionError(`${pointer}/${name}`, 'is no list of texts')
  return value
}

function issuersAt(
  jwt: Fields | undefined,
): readonly { readonly issuer: string; readonly jwksURI?: string; readonly audiences?: readonly string[] }[] | undefined {
  if (jwt?.['allowedIssuers'] === undefined) return undefined
  return objectsOf(jwt['allowedIssuers']).map((entry, index) => {
    const issuer = textOf(entry['issuer'])
    if (issuer === undefined) throw new SectionError(`/jwt/allowedIssuers/${index}/issuer`, 'is missing')
    const jwksURI = textOf(entry['jwksURI'])
    const audiences = textsAt(entry, `/jwt/allowedIssuers/${index}`, 'audiences')
    return { issuer, ...(jwksURI === undefined ? {} : { jwksURI }), ...(audiences === undefined ? {} : { audiences }) }
  })
}
