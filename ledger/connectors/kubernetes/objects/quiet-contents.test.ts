import { describe, expect, test } from 'vitest'
import { kindNamed } from '../permissions.ts'
import { toKubernetesObject } from './object.ts'
import type { KubernetesObject } from './object.ts'
import { createQuietContents } from './quiet-contents.ts'

function configMap(namespace: string, text: string): KubernetesObject {
  const row = kindNamed('ConfigMap')
  const object = row && toKubernetesObject(row, { metadata: { namespace, name: 'bundle' }, data: { 'ca.crt': text } })
  if (object === undefined) throw new Error('The fixture is no ConfigMap')
  return object
}

function searchesOf(texts: readonly string[], found: readonly string[]): number {
  const quiet = createQuietContents()
  let searches = 0
  for (const [index, text] of texts.entries()) {
    const answer = quiet.judge(configMap(`n${index}`, text), () => {
      searches += 1
      return [...found]
    })
    if (found.length > 0) expect(answer).toEqual(found)
    else expect(answer).toEqual([])
  }
  return searches
}

describe('equal contents', () => {
  test('short ones that hold nothing are searched once', () => {
    expect(
      searchesOf(
        Array.from({ length: 5 }, () => 'x'),
        [],
      ),
    ).toBe(1)
  })

  test('long ones that hold nothing are searched until they are known, however often they stand', () => {
    expect(
      searchesOf(
        Array.from({ length: 5 }, () => 'x'.repeat(20_000)),
        [],
      ),
    ).toBe(2)
  })

  test('what holds something is searched everywhere', () => {
    for (const size of [1, 20_000])
      expect(
        searchesOf(
          Array.from({ length: 5 }, () => 'x'.repeat(size)),
          ['finding'],
        ),
      ).toBe(5)
  })

  test('another text of the same length is searched', () => {
    for (const size of [1, 20_000])
      expect(
        searchesOf(
          ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(size)),
          [],
        ),
      ).toBe(4)
  })
})
