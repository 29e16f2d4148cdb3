import { AttestationError } from '../model.ts'
import { isRecord } from '../tokens/jwt.ts'
import type { KeySource } from '../tokens/key-source.ts'
import type { AgentAttestor, Attested } from './attestor.ts'
import type { ReviewToken } from './token-review.ts'
import { verifyToken } from './verified-token.ts'

/** Whose ServiceAccount tokens are believed. */
export interface KubernetesTokenRules {
  /** `iss`, literally. */
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly namespace: string
  readonly serviceAccount: string
  /** Tokens of Kubernetes below 1.30 name no node. */
  readonly requireNode: boolean
  readonly keys: KeySource
  /** Asks the cluster whether pod and ServiceAccount still exist; absent: the token alone decides. */
  readonly review?: ReviewToken
}

/** Attestor `k8s_token`: a projected ServiceAccount token, bound to a pod. It emits no attributes; those of pods are the workload attestor's. */
export function createKubernetesTokenAttestor(rules: KubernetesTokenRules): AgentAttestor {
  return {
    type: 'k8s_token',
    attest: async (evidence, { now }) => {
      const claims = await verifyToken(evidence, { what: 'The ServiceAccount token', ...rules, now })
      const attested = readBoundClaims(claims, rules)
      const username = `system:serviceaccount:${rules.namespace}:${rules.serviceAccount}`
      await rules.review?.({ token: Buffer.from(evidence).toString('latin1').trim(), audiences: rules.audiences, username })
      return attested
    },
  }
}

function readBoundClaims(claims: Readonly<Record<string, unknown>>, rules: KubernetesTokenRules): Attested {
  const bound = claims['kubernetes.io']
  if (!isRecord(bound)) throw refuse('it is not bound to a pod; project it into the pod (serviceAccountToken volume) instead of using a Secret')
  const pod = part(bound, 'pod')
  const node = part(bound, 'node')
  const account = part(bound, 'serviceaccount')
  if (pod.uid === '') throw refuse('it is bound to no pod (kubernetes.io.pod.uid)')
  if (rules.requireNode && node.name === '') throw refuse('it names no node (kubernetes.io.node); Kubernetes below 1.30 does not, set requireNode: false there')
  const namespace = bound['namespace']
  const expected = `system:serviceaccount:${rules.namespace}:${rules.serviceAccount}`
  if (namespace !== rules.namespace || account.name !== rules.serviceAccount || claims['sub'] !== expected) {
    throw new AttestationError(
      'PERMISSION_DENIED',
      `The token is not one of ServiceAccount ${rules.namespace}/${rules.serviceAccount}, as which the agents of this cluster run.`,
    )
  }
  return { tokenIdentity: `k8s_token:${pod.uid}`, attributes: new Map(), ...(node.name === '' ? {} : { nodeName: node.name }) }
}

function part(bound: Readonly<Record<string, unknown>>, name: string): { readonly name: string; readonly uid: string } {
  const value = bound[name]
  const text = (field: unknown): string => (typeof field === 'string' && field.length <= 253 ? field : '')
  return isRecord(value) ? { name: text(value['name']), uid: text(value['uid']) } : { name: '', uid: '' }
}

function refuse(reason: string): AttestationError {
  return new AttestationError('UNAUTHENTICATED', `The ServiceAccount token is refused: ${reason}.`)
}
