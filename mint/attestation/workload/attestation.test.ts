import { describe, expect, test } from 'vitest'
import { createWorkloadAttestation } from './attestation.ts'
import { ATTRIBUTE_VALUE_LENGTH_MAX, ATTRIBUTES_MAX } from './limits.ts'
import { mergeAttributes } from './merge.ts'
import { allowedAttributesOf, applyWorkloadAttestation, SectionError } from './section.ts'

const peer = { pid: process.pid, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, isAlive: () => true }
const log = { warn: () => undefined }

describe('workload attestation', () => {
  test('merges what all enabled attestors say', async () => {
    const attestation = createWorkloadAttestation({ linux: {}, systemd: true, kubernetes: {} }, { log })
    expect(attestation.types).toEqual(['kubernetes', 'linux', 'systemd'])
    const attributes = await attestation.attest({ peer, signal: new AbortController().signal })
    expect(attributes.get('linux.user.id')).toBe(String(peer.uid))
    attestation.close()
  })

  test('fails as a whole when one attestor fails', async () => {
    const attestation = createWorkloadAttestation({ linux: {}, jwt: { allowedIssuers: [] } }, { log })
    const context = { peer, signal: new AbortController().signal, exchangeToken: 'no token at all' }
    await expect(attestation.attest(context)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
    await expect(attestation.attest({ ...context, exchangeToken: undefined as never })).resolves.toBeDefined()
  })

  test('what is too large or too much is left out whole, and named', () => {
    const many = new Map(Array.from({ length: ATTRIBUTES_MAX + 3 }, (_, index) => [`a.${index}`, 'v']))
    const { attributes, oversized } = mergeAttributes([new Map([['big', 'x'.repeat(ATTRIBUTE_VALUE_LENGTH_MAX + 1)]]), new Map([['n'.repeat(600), 'v']]), many])
    expect(attributes.size).toBe(ATTRIBUTES_MAX)
    expect(oversized).toEqual(['big', 'n'.repeat(512), `a.${ATTRIBUTES_MAX}`, `a.${ATTRIBUTES_MAX + 1}`, `a.${ATTRIBUTES_MAX + 2}`])
  })
})

describe('section WorkloadAttestation', () => {
  const own = { kubernetes: { kubelet: { port: 1 }, includeAnnotationPrefixes: ['a/'] }, linux: {} }

  test.each([
    [undefined, own],
    [{}, { ...own, docker: undefined, systemd: undefined, jwt: undefined }],
    [{ kubernetes: { enabled: false } }, { kubernetes: undefined, linux: {} }],
    [{ kubernetes: { includeAnnotationPrefixes: ['b/'] } }, { kubernetes: { kubelet: { port: 1 }, includeAnnotationPrefixes: ['b/'] }, linux: {} }],
    [{ linux: { discoverWorkloadPath: true } }, { ...own, linux: { discoverWorkloadPath: true } }],
    [
      { docker: { enabled: true, includeEnvVars: ['APP_'] }, systemd: { enabled: true } },
      { ...own, docker: { includeEnvVars: ['APP_'] }, systemd: true },
    ],
    [{ docker: { includeEnvVars: ['APP_'] } }, own],
    [{ jwt: { allowedIssuers: [{ issuer: 'https://ci.example.org' }] } }, { ...own, jwt: { allowedIssuers: [{ issuer: 'https://ci.example.org' }] } }],
  ])('%j', (spec, expected) => {
    expect(applyWorkloadAttestation(own, spec)).toEqual(expected)
  })

  test('the server cannot point the agent to another kubelet or engine', () => {
    const applied = applyWorkloadAttestation(own, {
      kubernetes: { kubelet: { host: 'evil' }, tokenFile: '/x' },
      docker: { enabled: true, dockerSocketPath: '/evil' },
    })
    expect(JSON.stringify(applied)).not.toContain('evil')
  })

  test.each([
    [[], ': is no object'],
    [{ linux: 1 }, '/linux: is no object'],
    [{ linux: { enabled: 'yes' } }, '/enabled: is neither true nor false'],
    [{ docker: { includeEnvVars: 'APP_' } }, '/docker/includeEnvVars: is no list of texts'],
    [{ jwt: { allowedIssuers: [{}] } }, '/jwt/allowedIssuers/0/issuer: is missing'],
  ])('%j is refused', (spec, message) => {
    expect(() => applyWorkloadAttestation(own, spec)).toThrow(SectionError)
    expect(() => applyWorkloadAttestation(own, spec)).toThrow(message)
  })

  test('section AttributeRedaction names its filters', () => {
    expect(allowedAttributesOf({ policy: { allowList: { filters: ['kubernetes.pod.*'] } } })).toEqual(['kubernetes.pod.*'])
    expect(allowedAttributesOf({})).toBe(undefined)
    expect(() => allowedAttributesOf({ policy: { allowList: { filters: 1 } } })).toThrow(SectionError)
  })
})
