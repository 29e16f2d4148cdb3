import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answerReview, NotAReviewError } from './review.ts'
import { injectionSettings } from './settings.ts'

const settings = injectionSettings('k8s')
const review = (request: object): object => ({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: { uid: 'u-1', ...request } })
const pods = { group: '', resource: 'pods' }
const object = { spec: { containers: [{ name: 'app' }] } }

describe('admission review', () => {
  test('a new pod is answered with a patch', () => {
    const { response } = answerReview(review({ operation: 'CREATE', resource: pods, object }), settings)
    expect(response).toMatchObject({ uid: 'u-1', allowed: true, patchType: 'JSONPatch' })
    expect(JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString())).toHaveLength(3)
  })

  test.each([
    ['an update', { operation: 'UPDATE', resource: pods, object }],
    ['another resource', { operation: 'CREATE', resource: { group: 'apps', resource: 'deployments' }, object }],
    ['a pod that cannot be read', { operation: 'CREATE', resource: pods, object: { spec: { containers: 'none' } } }],
    ['no pod', { operation: 'CREATE', resource: pods, object: null }],
  ])('%s is admitted unchanged', (_name, request) => {
    expect(answerReview(review(request), settings).response).toEqual({ uid: 'u-1', allowed: true })
  })

  test('whatever is posted, the answer is a review or a plain refusal', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json().map((text) => JSON.parse(text) as unknown),
          fc.object().map((request) => review(request)),
        ),
        (body) => {
          try {
            expect(answerReview(body, settings).response.allowed).toBe(true)
          } catch (error) {
            expect(error).toBeInstanceOf(NotAReviewError)
          }
        },
      ),
    )
  })
})
