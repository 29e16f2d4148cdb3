import { z } from '@hono/zod-openapi'
import { HTTP_LIMITS } from './limits.ts'
import { json } from './page.ts'
import { problemResponses } from './problem.ts'
import { declareRoute } from './route.ts'

/** Access of one scanner to its own scans. */
export const ScannerToken = z
  .object({
    accessToken: z.string().max(HTTP_LIMITS.tokenCharsMax),
    tokenType: z.literal('Bearer'),
    integrationId: z.string().max(64),
    expiresAt: z.iso.datetime(),
  })
  .openapi('ScannerToken')
export type ScannerToken = z.infer<typeof ScannerToken>

/** A scanner proves itself with its key and gets a token that can only append its own scans. */
export const createScannerToken = declareRoute({
  method: 'post',
  path: '/api/v1/scanner/token',
  operationId: 'createScannerToken',
  summary: 'Exchange a signed assertion for a scanner token',
  description:
    'The assertion is a JWT signed with EdDSA by the key of the integration: `iss` the integration id, `aud` "mintmark" or the address of this route, `iat` and `exp` at most 300 seconds apart, and a `jti` that is used once.',
  'x-permission': 'public',
  request: {
    body: { required: true, content: { 'application/json': { schema: z.object({ assertion: z.string().min(1).max(HTTP_LIMITS.assertionCharsMax) }) } } },
  },
  responses: { 200: json('A token for at most 15 minutes', ScannerToken), ...problemResponses },
})

/** What all scanners of this installation compute fingerprints with. */
export const ScannerFingerprintKey = z
  .object({
    id: z
      .string()
      .regex(/^[0-9a-f]{16}$/)
      .describe('The same as `fingerprintKeyId` of scans'),
    key: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe('To be kept in memory only, and never where fingerprints are'),
  })
  .openapi('ScannerFingerprintKey')
export type ScannerFingerprintKey = z.infer<typeof ScannerFingerprintKey>

/** Equal secrets of different clusters are recognised only when their scanners have one key. */
export const getFingerprintKey = declareRoute({
  method: 'get',
  path: '/api/v1/scanner/fingerprint-key',
  operationId: 'getFingerprintKey',
  summary: 'The key of fingerprints, for scanners only',
  description: 'Answers not-found when this control plane manages no key (`MINTMARK_FINGERPRINT_KEY=own`): scanners then bring their own.',
  'x-permission': 'scan.key',
  responses: { 200: json('The managed key', ScannerFingerprintKey), ...problemResponses },
})
