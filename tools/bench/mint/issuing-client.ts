import { randomUUID } from 'node:crypto'
import { create, fromBinary, toBinary, type DescMessage, type DescMethodUnary, type MessageShape } from '@bufbuild/protobuf'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { agentApi } from '@mintmark/contract/grpc'
import { signAssertion } from '@mintmark/mint/attestation'
import { makeChannelCertificate } from '@mintmark/mint/agent/testing'
import type { BenchCluster } from './domain.ts'

/** What agents call: the connection with the agent's own certificate, and the session bound to it. */
export interface IssuingClient {
  /** One batch. The request is in bytes already, so that making it costs nothing here. */
  call<I extends DescMessage, O extends DescMessage>(method: DescMethodUnary<I, O>, request: Buffer): Promise<MessageShape<O>>
  close(): void
}

/** Dials and attests as an agent does: TLS both ways, cluster version key, session bound to the client's certificate. */
export async function openIssuingClient(endpoint: string, rootsPem: string, cluster: BenchCluster): Promise<IssuingClient> {
  const certificate = await makeChannelCertificate(new Date())
  const [key, chain] = [Buffer.from(certificate.privateKeyPem), Buffer.from(certificate.certificatePem)]
  const client = new Client(endpoint.replace('127.0.0.1', 'localhost'), credentials.createSsl(Buffer.from(rootsPem), key, chain), {
    'grpc.use_local_subchannel_pool': 1,
  })
  const metadata = new Metadata()
  function call<I extends DescMessage, O extends DescMessage>(method: DescMethodUnary<I, O>, request: Buffer): Promise<MessageShape<O>> {
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        `/${method.parent.typeName}/${method.name}`,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => fromBinary(method.output, bytes),
        request,
        metadata,
        (error, answer) => {
          if (error !== null || answer === undefined) reject(error ?? new Error('The server answered without a message.'))
          else resolve(answer)
        },
      )
    })
  }
  const assertion = signAssertion(cluster, new Date(), certificate.thumbprint)
  const evidence = [create(agentApi.EvidenceSchema, { type: 'cvk', payload: Buffer.from(assertion) })]
  const request = create(agentApi.AttestRequestSchema, { evidence, instanceId: randomUUID(), nodeName: 'bench', platform: 'k8s' })
  const { session } = await call(agentApi.AgentService.method.attest, Buffer.from(toBinary(agentApi.AttestRequestSchema, request)))
  metadata.set('authorization', `Bearer ${session}`)
  return { call, close: () => client.close() }
}
