import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TextScanner } from './text-scanner.ts'
import { lowBytes } from './windows.ts'

const ANCHORS = ['key', 'secret', 'a://', ' -p', 'hasło', '-----BEGIN', 'AKIA', 'AKI', 'sk-', 'sk-proj-'] as const

/** What the scanner must report, the slow way: everything is looked for at every place of the low bytes. */
function expectedOf(text: string): { readonly anchors: readonly string[]; readonly runs: readonly string[] } {
  const low = Buffer.from(lowBytes(text)).toString('latin1')
  const anchors: string[] = []
  for (const anchor of ANCHORS) {
    const wanted = Buffer.from(lowBytes(anchor)).toString('latin1')
    for (let at = low.indexOf(wanted); at !== -1; at = low.indexOf(wanted, at + 1)) anchors.push(`${at} ${anchor}`)
  }
  const runs: string[] = []
  for (const { 0: run, index } of low.matchAll(/[A-Za-z0-9+/_-]+/g))
    if (run.length >= 20 || (run.length >= 10 && low[index + run.length] === '=')) runs.push(`${index} ${index + run.length}`)
  return { anchors: anchors.sort(), runs }
}

function foundIn(scanner: TextScanner<string>, text: string): ReturnType<typeof expectedOf> {
  const anchors: string[] = []
  const runs = new Set<string>()
  const isFound = scanner.some(
    text,
    (_text, at, owner) => {
      anchors.push(`${at} ${owner}`)
      return false
    },
    (_text, from, end) => {
      runs.add(`${from} ${end}`)
      return false
    },
  )
  expect(isFound).toBe(false)
  return { anchors: anchors.sort(), runs: [...runs] }
}

const scanner = new TextScanner<string>(ANCHORS.map((anchor) => [anchor, anchor] as const))
const pieces = fc.oneof(
  fc.constantFrom(...ANCHORS),
  fc.constantFrom('x', '=', '==', '\n', ' ', '_', '-', '/', '.', 'ł', '数', 'ü', 'abcdefghij', '0123456789ABCDEFGHIJKLMN'),
  fc.string({ maxLength: 12 }),
)

test('every anchor and every long run is reported once, whatever stands around them', () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (chosen) => {
      const text = chosen.join('')
      expect(foundIn(scanner, text)).toEqual(expectedOf(text))
      scanner.forget()
    }),
    { numRuns: 500 },
  )
})

test('texts longer than a chunk and than the memory are scanned whole', () => {
  const text = `${'level: info\n'.repeat(5_000)}secret${'A'.repeat(70_000)}=\n${'x '.repeat(400_000)}AKIA`
  expect(foundIn(scanner, text)).toEqual(expectedOf(text))
})

test('the first that is accepted ends the scan', () => {
  let asked = 0
  const accept = (): boolean => {
    asked += 1
    return true
  }
  expect(scanner.some('key key key key key key key key key', accept, accept)).toBe(true)
  expect(asked).toBe(1)
})
