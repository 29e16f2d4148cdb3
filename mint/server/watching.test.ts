import { status } from '@grpc/grpc-js'
import type { agentApi } from '@mintmark/contract/grpc'
import { parseBundle } from '@mintmark/spiffe'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { attestRequest, listenAndConnect, openTestDomain, type TestAgent, type TestCluster, type TestDomain } from './server-testing.ts'

let domain: TestDomain
let cluster: TestCluster
let agent: TestAgent

beforeEach(async () => {
  domain = await openTestDomain()
  cluster = await domain.addCluster('prod-1')
  agent = await listenAndConnect(domain)
})

afterEach(async () => {
  agent.close()
  await domain.close()
})

async function attest(): Promise<agentApi.AttestResponse> {
  return agent.call<typeof agentApi.AttestResponseSchema>('attest', attestRequest(cluster, domain.now(), agent.thumbprint))
}

describe('an agent that watches', () => {
  test('hears at once, then of every change of trust', async () => {
    const { session } = await attest()
    const messages: agentApi.WatchResponse[] = []
    let heard = Promise.withResolvers<undefined>()
    const stream = agent.watch(session, (message) => {
      messages.push(message)
      heard.resolve(undefined)
    })
    await heard.promise
    const parsed = parseBundle(domain.name, messages[0]?.bundles[0]?.document ?? '')
    expect(parsed).toMatchObject({ ok: true, bundle: { sequence: domain.authority.current().revision } })
    heard = Promise.withResolvers<undefined>()
    await domain.authority.prepare()
    await heard.promise
    expect(messages[1]?.revision).toBe(domain.authority.current().revision)
    stream.cancel()
    await stream.ended
  })

  test('a taint is told before the session ends that the tainted key has signed', async () => {
    const { session } = await attest()
    const tainted: (readonly string[])[] = []
    const heard = Promise.withResolvers<undefined>()
    const stream = agent.watch(session, (message) => {
      tainted.push(message.taintedX509Authorities)
      heard.resolve(undefined)
    })
    await heard.promise
    const old = domain.authority.current().keysetId
    for (const verb of [() => domain.authority.prepare(), () => domain.authority.activate(), () => domain.authority.taint(old)]) await verb()
    expect(await stream.ended).toMatchObject({ code: status.UNAUTHENTICATED })
    expect(tainted.at(-1)).toHaveLength(1)
  })

  test('rule 31: a watching agent hears that another policy decides, and of no change that is none', async () => {
    const { session } = await attest()
    const messages: agentApi.WatchResponse[] = []
    let heard = Promise.withResolvers<undefined>()
    const stream = agent.watch(session, (message) => {
      messages.push(message)
      heard.resolve(undefined)
    })
    await heard.promise
    const set = (documents: string) =>
      domain.server.administration.configuration.set({
        scope: { kind: 'cluster', id: cluster.row.id },
        documents,
        prune: false,
        validateOnly: false,
        actor: 'anna',
      })
    heard = Promise.withResolvers<undefined>()
    await set('section: SVIDIssuancePolicy\nschema: v1\nspec: { policy: { pathTemplate: "/{{kubernetes.pod.namespace}}" } }')
    await heard.promise
    heard = Promise.withResolvers<undefined>()
    await set('section: AttributeRedaction\nschema: v1\nspec: { policy: { allowList: { filters: [kubernetes.pod.namespace] } } }')
    await heard.promise
    const [first, second, third] = messages.map(({ issuancePolicy }) => issuancePolicy)
    expect(first).not.toBe('')
    expect(second).not.toBe(first)
    expect(third).toBe(second)
    stream.cancel()
    await stream.ended
  })
})
