import { describe, expect, test } from 'vitest'
import { AttestationError } from '../model.ts'
import { OutboundError, type OutboundAnswer, type OutboundSend } from '../outbound/fetch.ts'
import { ATTESTATION_AUDIENCE } from './assertion.ts'
import { createTokenReview } from './token-review.ts'

const USERNAME = 'system:serviceaccount:spirl-system:spirl-agent'
const reviewed = { token: 'agents.own.token', audiences: [ATTESTATION_AUDIENCE], username: USERNAME }
const good = { authenticated: true, audiences: [ATTESTATION_AUDIENCE], user: { username: USERNAME } }

const answer = (status: number, body: unknown): OutboundAnswer => ({ status, body: Buffer.from(JSON.stringify(body)), location: undefined })
const review = (status: object): OutboundAnswer => answer(201, { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', status })

/** Reviews against an API server that answers with this. */
async function outcome(given: OutboundAnswer | Error, credential: () => Promise<string> = async () => 'servers.own.token') {
  const asked: { readonly url: string; readonly ca: unknown; readonly send: OutboundSend | undefined }[] = []
  const ask = createTokenReview({
    apiServerURL: 'https://api.example.org/k8s/',
    ca: 'PEM',
    credential,
    fetch: async (url, _limits, tls, send) => {
      asked.push({ url: url.href, ca: tls?.ca, send })
      if (given instanceof Error) throw given
      return given
    },
  })
  const error: unknown = await ask(reviewed).catch((thrown: unknown) => thrown)
  if (error !== undefined && !(error instanceof AttestationError)) throw error
  expect(error?.message ?? '').not.toMatch(/own\.token/)
  return { asked, code: error?.code, message: error?.message }
}

test('asks the API server as the server itself, for the token and its audience', async () => {
  const { asked, code } = await outcome(review(good))
  expect(code).toBeUndefined()
  expect(asked).toEqual([
    {
      url: 'https://api.example.org/k8s/apis/authentication.k8s.io/v1/tokenreviews',
      ca: 'PEM',
      send: { bearer: 'servers.own.token', json: expect.any(String) },
    },
  ])
  expect(JSON.parse(asked[0]?.send?.json ?? '')).toEqual({
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token: 'agents.own.token', audiences: [ATTESTATION_AUDIENCE] },
  })
})

describe('a token is refused', () => {
  test.each<[string, object, RegExp]>([
    ['that the cluster does not know any more', { authenticated: false, error: 'the pod is gone' }, /does not stand by it/],
    ['of which the cluster says nothing', {}, /does not stand by it/],
    ['whose audience the cluster does not confirm', { ...good, audiences: undefined }, /does not confirm the audience/],
    ['that was made for somebody else', { ...good, audiences: ['https://kubernetes.default.svc'] }, /does not confirm the audience/],
    ['of another user', { ...good, user: { username: 'system:admin' } }, /another user/],
    ['of no user', { ...good, user: undefined }, /another user/],
  ])('%s', async (_what, status, reason) => {
    const { code, message } = await outcome(review(status))
    expect([code, message]).toEqual(['UNAUTHENTICATED', expect.stringMatching(reason)])
  })
})

describe('nobody passes, and may come again,', () => {
  test.each<[string, OutboundAnswer | Error, RegExp]>([
    ['while the API server does not answer', new OutboundError('api.example.org did not answer within 5000 ms'), /did not answer/],
    ['while the credential is not known there', answer(401, {}), /status 401/],
    ['while the credential may not review', answer(403, {}), /system:auth-delegator/],
    ['while the API server fails', answer(500, {}), /status 500/],
    ['when it sends us elsewhere', { ...answer(302, good), location: 'https://evil.example' }, /status 302/],
    ['when it answers with another object', answer(201, { kind: 'Status', status: good }), /no TokenReview/],
    ['when it answers with words', answer(201, 'yes'), /no TokenReview/],
    ['when yes is a text', review({ ...good, authenticated: 'true' }), /no TokenReview/],
    ['when it answers with no JSON', { status: 201, body: Buffer.from('{'), location: undefined }, /no TokenReview/],
  ])('%s', async (_what, given, reason) => {
    const { code, message } = await outcome(given)
    expect([code, message]).toEqual(['UNAVAILABLE', expect.stringMatching(reason)])
  })

  test('while the server has no credential of its own; nothing is sent then', async () => {
    const { asked, code } = await outcome(review(good), async () => {
      throw new AttestationError('UNAVAILABLE', 'There is no credential.')
    })
    expect([asked, code]).toEqual([[], 'UNAVAILABLE'])
  })
})
