import { anything, assert, property } from 'fast-check'
import { expect, test } from 'vitest'
import { parseKubernetesSettings } from '../schema.ts'
import { execCredential, kubeconfigFile } from '../kubeconfig/schema.ts'
import { ShapeError, flag, list, map, record, text } from './shape.ts'

const shape = record({ name: text(5) }, { flag, list: list(text(5), 2), map: map(text(5)) })

test('what fits comes back without the rest, null counts as absent', () => {
  expect(shape({ name: 'a', flag: null, list: ['b'], map: { c: 'd' }, other: 1 }, '')).toEqual({ name: 'a', list: ['b'], map: { c: 'd' } })
})

test.each([
  [{}, 'name'],
  [{ name: 'canary' }, 'name'],
  [{ name: 'a', flag: 'canary' }, 'flag'],
  [{ name: 'a', list: ['b', 7] }, 'list.1'],
  [{ name: 'a', list: ['b', 'b', 'b'] }, 'list'],
  [{ name: 'a', map: { key: [] } }, 'map.key'],
  [['canary'], ''],
])('what does not fit is named by its field: %j', (value, path) => {
  expect(() => shape(value, '')).toThrowError(expect.objectContaining({ name: 'ShapeError', path }))
})

test('whatever stands in a file ends in a value or in the name of a field', () => {
  assert(
    property(anything(), anything(), (one, other) => {
      for (const input of [one, { clusters: one, users: [{ name: 'u', user: other }] }, { apiVersion: 'v1', kind: 'ExecCredential', status: one }]) {
        for (const read of [kubeconfigFile, execCredential]) {
          try {
            read(input, '')
          } catch (error) {
            if (!(error instanceof ShapeError)) throw error
          }
        }
      }
    }),
  )
})

test.each([
  [{ source: { type: 'in-cluster' }, namespaces: ['shop', 'UPPER'] }, 'namespaces.1 is not a namespace name'],
  [{ source: { type: 'elsewhere' } }, 'source.type is not valid'],
  [{ source: { type: 'manifests', directory: '' } }, 'source.directory is not valid'],
  [{ source: { type: 'in-cluster' }, namespace: ['shop'] }, 'namespace is not known'],
  ['canary', 'of the Kubernetes source is not valid'],
])('settings that cannot be are refused: %j', (input, message) => {
  expect(() => parseKubernetesSettings(input)).toThrowError(expect.objectContaining({ name: 'UserError', message: `Setting ${message}` }))
})
