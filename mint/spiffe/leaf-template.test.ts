import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { generateWorkloadKey, randomSerial } from './keys.ts'
import { assembleBody, cachedTimes, type LeafFields } from './leaf-body.ts'
import { createTemplates } from './leaf-template.ts'
import { idOf } from './trust-domain-testing.ts'

const shared = { algorithmAndIssuer: Buffer.alloc(70, 0x31), extensions: Buffer.alloc(90, 0x32), dates: cachedTimes() }
const second = fc.date({ min: new Date('1990-01-01T00:00:00Z'), max: new Date('2060-01-01T00:00:00Z'), noInvalidDate: true })
const leaves = fc.record({
  id: fc.stringMatching(/^[a-z0-9._-]{1,240}$/).filter((name) => name !== '.' && name !== '..'),
  notBefore: second,
  notAfter: second,
})

const leafOf = (fields: { readonly id: string; readonly notBefore: Date; readonly notAfter: Date }): LeafFields => ({
  ...fields,
  id: idOf(`spiffe://t.test/${fields.id}`),
  publicKey: generateWorkloadKey().publicKey,
  serial: randomSerial(),
})

/** What the templates write, in the middle of a larger buffer; undefined for a leaf that they leave to others. */
function cut(templates: ReturnType<typeof createTemplates>, leaf: LeafFields): Buffer | undefined {
  const bytes = templates.bytesOf(leaf)
  if (bytes === undefined) return undefined
  const target = Buffer.alloc(bytes + 20, 0xee)
  templates.write(leaf, target, 7)
  expect([...target.subarray(0, 7), ...target.subarray(7 + bytes)].every((byte) => byte === 0xee)).toBe(true)
  return target.subarray(7, 7 + bytes)
}

describe('templates of leaves', () => {
  test('a body that is cut is the one that is assembled, whatever was cut before', () => {
    const templates = createTemplates(shared)
    fc.assert(
      fc.property(leaves, (fields) => {
        const leaf = leafOf(fields)
        const body = cut(templates, leaf)
        if (body === undefined) expect(Math.max(leaf.notBefore.getUTCFullYear(), leaf.notAfter.getUTCFullYear())).toBeGreaterThanOrEqual(2050)
        else expect(body.toString('hex')).toBe(Buffer.from(assembleBody(leaf, shared).bytes).toString('hex'))
      }),
    )
  })

  const usual = leafOf({ id: 'web', notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2026-01-02T00:00:00Z') })
  test.each<[string, Partial<LeafFields>]>([
    ['a subject', { subject: [{ type: 'CN', value: 'web' }] }],
    ['a DNS name', { dnsNames: ['web.example.org'] }],
    ['an address', { ipAddresses: ['192.0.2.1'] }],
    ['a serial number whose first bit would make it negative', { serial: new Uint8Array(16).fill(0x80) }],
    ['a serial number with a zero in front', { serial: Uint8Array.of(0, ...new Uint8Array(15).fill(1)) }],
    ['a short serial number', { serial: Uint8Array.of(5) }],
    ['a key of another kind', { publicKey: new Uint8Array(120) }],
    ['a date from 2050 on', { notAfter: new Date('2050-01-01T00:00:00Z') }],
    ['a very long SPIFFE ID', { id: idOf(`spiffe://t.test/${'x'.repeat(300)}`) }],
  ])('%s is left to be assembled', (_, change) => {
    expect(cut(createTemplates(shared), usual)).toBeDefined()
    expect(cut(createTemplates(shared), { ...usual, ...change })).toBeUndefined()
  })
})
