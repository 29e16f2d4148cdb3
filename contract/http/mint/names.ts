import { z } from '@hono/zod-openapi'

/** Bounds of Mint's part of the HTTP interface (law 7). */
export const MINT_LIMITS = {
  /** Characters of the name of a cluster or realm. */
  nameCharsMax: 63,
  /** Characters of a trust domain's name (SPIFFE ID section 2.1). */
  trustDomainCharsMax: 255,
  /** Characters of a SPIFFE ID (SPIFFE ID section 2.3). */
  spiffeIdCharsMax: 2_048,
  /** Versions that a cluster may have; another one removes the oldest. */
  clusterVersionsMax: 10,
  /** Characters of one text of managed configuration. */
  configurationCharsMax: 48 * 1024,
  /** Characters of a bundle document. */
  bundleCharsMax: 48 * 1024,
  /** Audiences of one JWT-SVID. */
  audiencesMax: 16,
  /** Attributes of one issuance. */
  attributesMax: 256,
} as const

/** Clusters and realms: lower-case letters, digits and hyphens, because the name stands in SPIFFE IDs. */
export const Name = z
  .string()
  .min(1)
  .max(MINT_LIMITS.nameCharsMax)
  .regex(/^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/)
  .describe('Lower-case letters, digits, dot, underscore and hyphen; it stands in SPIFFE IDs')

/** Name of a trust domain. */
export const TrustDomainName = z
  .string()
  .min(1)
  .max(MINT_LIMITS.trustDomainCharsMax)
  .regex(/^[a-z0-9._-]+$/)
  .describe('Such as example.org')

/** A SPIFFE ID in the answers. */
export const SpiffeIdText = z.string().max(MINT_LIMITS.spiffeIdCharsMax)

/** A point in time, ISO 8601. */
export const Time = z.iso.datetime()

/** PEM text of a key or of certificates. */
export const Pem = z.string().max(64 * 1024)
