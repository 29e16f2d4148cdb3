import { createHash } from 'node:crypto'
import { create, toBinary } from '@bufbuild/protobuf'
import { anyPack, type Any } from '@bufbuild/protobuf/wkt'
import { envoySecrets } from '@mintmark/contract/grpc'
import { certificatesToPem, type X509Svid } from '@mintmark/spiffe'
import type { X509State } from '../cache/x509-cache.ts'
import { privateKeyToPem } from '../pem.ts'
import type { TrustedDomain, TrustState } from '../trust/trust.ts'

/** Names with a meaning of their own; an operator may choose others. */
export interface SecretNames {
  /** The default identity. */
  readonly defaultSvid: string
  /** Validation by the own trust domain's bundle. */
  readonly defaultBundle: string
  /** Validation by every bundle that the caller may see. */
  readonly allBundles: string
}

/** The names that Envoy configurations use by custom. */
export const SECRET_NAMES: SecretNames = { defaultSvid: 'default', defaultBundle: 'ROOTCA', allBundles: 'ALL' }

/** Name of Envoy's extension that checks SPIFFE IDs by trust domain. */
const SPIFFE_VALIDATOR = 'envoy.tls.cert_validator.spiffe'

/** What a resource is made of. */
export interface SecretSource {
  readonly state: X509State
  readonly trust: TrustState
  readonly names: SecretNames
  readonly validatesSpiffe: boolean
}

/** Type URL of every resource that SDS serves. */
export const SECRET_TYPE_URL = `type.googleapis.com/${envoySecrets.SecretSchema.typeName}`

/**
 * The secrets of these names, in their order; none asked for means all there are. A name that means nothing to this caller is left out:
 * an Envoy asks for names of other providers, too, and ending its stream would take away what works.
 */
export function secretsOf(source: SecretSource, wanted: readonly string[]): { readonly resources: Any[]; readonly unknown: string[] } {
  const names = wanted.length === 0 ? allNames(source) : wanted
  const resources: Any[] = []
  const unknown: string[] = []
  for (const name of names) {
    const secret = secretOf(source, name)
    if (secret === undefined) unknown.push(name)
    else resources.push(anyPack(envoySecrets.SecretSchema, secret))
  }
  return { resources, unknown }
}

/** A digest that is equal exactly when two answers are; a stream keeps it instead of the answer, which holds keys. */
export function digestOf(resources: readonly Any[]): string {
  const digest = createHash('sha256')
  for (const { value } of resources) digest.update(value)
  return digest.digest('base64url')
}

function allNames({ state, trust }: SecretSource): readonly string[] {
  return [...state.svids.map(({ id }) => id as string), trust.own.id, ...trust.federated.map(({ id }) => id as string)]
}

function secretOf(source: SecretSource, name: string): envoySecrets.Secret | undefined {
  const { state, trust, names } = source
  if (name === names.defaultSvid) return state.svids[0] === undefined ? undefined : certificateSecret(name, state.svids[0])
  const svid = state.svids.find(({ id }) => id === name)
  if (svid !== undefined) return certificateSecret(name, svid)
  if (name === names.defaultBundle) return validationSecret(name, [trust.own], source.validatesSpiffe)
  if (name === names.allBundles) return validationSecret(name, [trust.own, ...trust.federated], source.validatesSpiffe)
  const domain = [trust.own, ...trust.federated].find(({ id }) => id === name)
  return domain === undefined ? undefined : validationSecret(name, [domain], source.validatesSpiffe)
}

function certificateSecret(name: string, svid: X509Svid): envoySecrets.Secret {
  return create(envoySecrets.SecretSchema, {
    name,
    type: {
      case: 'tlsCertificate',
      value: {
        certificateChain: { specifier: { case: 'inlineBytes', value: Buffer.from(certificatesToPem(svid.certificates)) } },
        privateKey: { specifier: { case: 'inlineBytes', value: Buffer.from(privateKeyToPem(svid.privateKey)) } },
      },
    },
  })
}

/** The SPIFFE validator keeps trust domains apart; without it all roots are one list, so only those asked for are in it. */
function validationSecret(name: string, domains: readonly TrustedDomain[], validatesSpiffe: boolean): envoySecrets.Secret {
  if (!validatesSpiffe) {
    const pem = domains.map(({ bundle }) => certificatesToPem(bundle.x509Authorities)).join('')
    return create(envoySecrets.SecretSchema, {
      name,
      type: { case: 'validationContext', value: { trustedCa: { specifier: { case: 'inlineBytes', value: Buffer.from(pem) } } } },
    })
  }
  const config = create(envoySecrets.SPIFFECertValidatorConfigSchema, {
    trustDomains: domains.map(({ bundle }) =>
      create(envoySecrets.SPIFFECertValidatorConfig_TrustDomainSchema, {
        name: bundle.trustDomain,
        trustBundle: { specifier: { case: 'inlineBytes', value: Buffer.from(certificatesToPem(bundle.x509Authorities)) } },
      }),
    ),
  })
  const typedConfig = {
    typeUrl: `type.googleapis.com/${envoySecrets.SPIFFECertValidatorConfigSchema.typeName}`,
    value: toBinary(envoySecrets.SPIFFECertValidatorConfigSchema, config),
  }
  return create(envoySecrets.SecretSchema, {
    name,
    type: { case: 'validationContext', value: { customValidatorConfig: { name: SPIFFE_VALIDATOR, typedConfig } } },
  })
}
