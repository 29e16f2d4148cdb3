import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseSpiffeId, parseTrustDomain, pathOf, spiffeId, trustDomainId, trustDomainOf } from './spiffe-id.ts'

/** [number on the conformance checklist, text, accepted] */
const cases = [
  [1, 'spiffe://example.org', true],
  [1, 'spiffe://example.org/ns/shop/sa/payments', true],
  [1, '', false],
  [1, 'spiffe://', false],
  [1, 'spiffe:/example.org', false],
  [1, 'https://example.org/x', false],
  [1, 'spiffe:///x', false],
  [1, 'spiffe://user@example.org/x', false],
  [1, 'spiffe://example.org:443/x', false],
  [1, 'spiffe://example.org/x?q', false],
  [1, 'spiffe://example.org?q', false],
  [1, 'spiffe://example.org/x#f', false],
  [2, 'spiffe://Example.org/x', false],
  [2, 'spiffe://127.0.0.1/x', true],
  [2, 'spiffe://1.2.3.4.5', true],
  [2, 'spiffe://ex%41mple.org/x', false],
  [2, 'spiffe://[::1]/x', false],
  [2, `spiffe://${'a'.repeat(255)}/x`, true],
  [2, `spiffe://${'a'.repeat(256)}/x`, false],
  [3, 'spiffe://example.org/', false],
  [3, 'spiffe://example.org/a/', false],
  [3, 'spiffe://example.org//x', false],
  [3, 'spiffe://example.org/a/../b', false],
  [3, 'spiffe://example.org/a/./b', false],
  [3, 'spiffe://example.org/..', false],
  [3, 'spiffe://example.org/...', true],
  [3, 'spiffe://example.org/.x', true],
  [3, 'spiffe://example.org/a%20b', false],
  [4, `spiffe://example.org/${'p'.repeat(2027)}`, true],
  [4, `spiffe://example.org/${'p'.repeat(2028)}`, false],
  [4, 'SPIFFE://example.org/x', false],
  [4, 'Spiffe://example.org/x', false],
] as const

describe('SPIFFE ID', () => {
  test.each(cases)('rule %i: %s -> %s', (_rule, text, accepted) => {
    expect(parseSpiffeId(text).ok).toBe(accepted)
  })

  test('rule 4: every byte value is accepted in a trust domain exactly when it is a-z, 0-9, dot, hyphen or underscore', () => {
    for (let byte = 0; byte < 256; byte += 1) {
      const letter = String.fromCharCode(byte)
      const allowed = 'abcdefghijklmnopqrstuvwxyz0123456789.-_'.includes(letter)
      expect([byte, parseTrustDomain(`a${letter}b`).ok]).toEqual([byte, allowed])
      // A slash ends the trust domain and begins the path.
      expect([byte, parseSpiffeId(`spiffe://a${letter}b`).ok]).toEqual([byte, allowed || letter === '/'])
    }
  })

  test('rule 4: every byte value is accepted in a path exactly when it is a letter, a digit, dot, hyphen, underscore or a slash between segments', () => {
    for (let byte = 0; byte < 256; byte += 1) {
      const letter = String.fromCharCode(byte)
      const allowed = /^[A-Za-z0-9._/-]$/.test(letter) && letter !== '\n'
      expect([byte, parseSpiffeId(`spiffe://example.org/a${letter}b`).ok]).toEqual([byte, allowed])
    }
  })

  test('an ID is put together of its parts and taken apart again', () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/)
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9._-]{1,60}$/), fc.array(segment, { maxLength: 5 }), (name, segments) => {
        const domain = parseTrustDomain(name)
        if (!domain.ok) throw new Error(domain.reason)
        const path = segments.map((part) => `/${part}`).join('')
        const made = spiffeId(domain.trustDomain, path)
        if (!made.ok) throw new Error(made.reason)
        expect(parseSpiffeId(made.id)).toEqual({ ok: true, id: made.id, trustDomain: name, path })
        expect([trustDomainOf(made.id), pathOf(made.id)]).toEqual([name, path])
        expect(trustDomainId(domain.trustDomain)).toBe(`spiffe://${name}`)
      }),
    )
  })

  test('a path is never escaped into validity', () => {
    const domain = parseTrustDomain('example.org')
    if (!domain.ok) throw new Error(domain.reason)
    for (const path of ['ns', '/', '/a//b', '/a b', '/../x', '/ä', '/a\n', '/a/']) expect(spiffeId(domain.trustDomain, path).ok).toBe(false)
    expect(spiffeId(domain.trustDomain, `/${'p'.repeat(2048)}`).ok).toBe(false)
  })

  test('any text is answered, never thrown at', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.uint8Array().map((bytes) => `spiffe://${Buffer.from(bytes).toString('latin1')}`),
        ),
        (text) => {
          const parsed = parseSpiffeId(text)
          if (parsed.ok) expect(parsed.id).toBe(text)
          else expect(parsed.reason).not.toBe('')
        },
      ),
    )
  })
})
