import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { AttestationError } from '../model.ts'
import { signAssertion } from './assertion.ts'
import type { AgentAttestor, AttestationContext } from './attestor.ts'
import { createCvkAttestor, versionOfAssertion } from './cvk.ts'

const now = new Date('2026-11-22T12:00:00Z')
const context: AttestationContext = { cluster: { id: 'c-1', name: 'prod' }, now, certificateThumbprint: undefined }

async function refusal(attestor: AgentAttestor, evidence: Uint8Array, at = context): Promise<string> {
  try {
    await attestor.attest(evidence, at)
    return 'accepted'
  } catch (error) {
    if (!(error instanceof AttestationError)) throw error
    return `${error.code} ${error.message}`
  }
}

describe('cvk', () => {
  const pair = generateKeyPairSync('ed25519')
  const publicKeyPem = pair.publicKey.export({ type: 'spki', format: 'pem' })
  const privateKeyPem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' })
  const versions = new Map([
    ['cv-1', { clusterId: 'c-1', publicKeyPem, active: true }],
    ['cv-off', { clusterId: 'c-1', publicKeyPem, active: false }],
    ['cv-other', { clusterId: 'c-2', publicKeyPem, active: true }],
  ])
  const used = new Set<string>()
  const attestor = createCvkAttestor({
    clusterVersion: async (id) => versions.get(id),
    rememberAssertion: async (jti) => !used.has(jti) && used.add(jti).size > 0,
  })
  const assertion = (versionId: string, at = now, thumbprint?: string): Buffer => Buffer.from(signAssertion({ versionId, privateKeyPem }, at, thumbprint))

  test('is good once', async () => {
    const evidence = assertion('cv-1')
    expect(versionOfAssertion(evidence)).toBe('cv-1')
    expect(await attestor.attest(evidence, context)).toMatchObject({ tokenIdentity: 'cvk:cv-1', clusterVersionId: 'cv-1' })
    expect(await refusal(attestor, evidence)).toMatch(/UNAUTHENTICATED .*used before/)
  })

  test.each<[string, () => Buffer, RegExp]>([
    ['an inactive version', () => assertion('cv-off'), /PERMISSION_DENIED .*not active/],
    ['a version of another cluster', () => assertion('cv-other'), /UNAUTHENTICATED .*not signed by a cluster version of cluster prod/],
    ['an unknown version', () => assertion('cv-none'), /UNAUTHENTICATED .*not signed by a cluster version of cluster prod/],
    ['none at all', () => Buffer.from('x.y.z'), /not readable/],
    ['an old one', () => assertion('cv-1', new Date(now.getTime() - 100_000)), /expired/],
    ['one of the future', () => assertion('cv-1', new Date(now.getTime() + 100_000)), /future/],
    ['one of another TLS connection', () => assertion('cv-1', now, 'other'), /another TLS connection/],
  ])('is refused: %s', async (_, evidence, words) => {
    expect(await refusal(attestor, evidence())).toMatch(words)
  })

  test('a refused assertion is not used up, and its thumbprint lets it through on its own connection', async () => {
    const evidence = assertion('cv-1', now, 'mine')
    expect(await refusal(attestor, evidence)).toMatch(/another TLS connection/)
    expect(await refusal(attestor, evidence, { ...context, certificateThumbprint: 'mine' })).toBe('accepted')
  })
})
