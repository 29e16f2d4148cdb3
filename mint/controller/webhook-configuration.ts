import { type KubernetesApi, KubernetesRefusal } from './kubernetes.ts'
import type { LabelSelector } from './settings.ts'

/** Where the API server reaches the webhook: a service of the cluster, or an address. */
export type WebhookAddress = { readonly url: string } | { readonly service: { readonly namespace: string; readonly name: string; readonly port: number } }

/** What the API server is told of the webhook. */
export interface WebhookRegistration {
  /** Name of the MutatingWebhookConfiguration. */
  readonly name: string
  readonly address: WebhookAddress
  readonly namespaceSelector: LabelSelector
  readonly objectSelector: LabelSelector
  /** `open`: pods start without the socket while no controller answers; `closed`: they wait. */
  readonly failure: 'open' | 'closed'
}

/** The path that reviews are posted to. */
export const WEBHOOK_PATH = '/mutate'

const FIELD_MANAGER = 'spirl-controller'
/** How long the API server waits for an answer, in seconds; answers take milliseconds, and a pod's start must not hang on us. */
const TIMEOUT_SECONDS = 5

/**
 * Writes the MutatingWebhookConfiguration by server-side apply: what others (a chart, an administrator) own in it stays theirs,
 * and writing the same again changes nothing. Called at start and whenever the trusted certificates change.
 *
 * @param trustedPem the certificates that the API server shall trust, PEM
 * @throws KubernetesRefusal when the API server refuses
 */
export async function registerWebhook(api: KubernetesApi, registration: WebhookRegistration, trustedPem: string): Promise<void> {
  const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${registration.name}`
  const answer = await api.request(
    'PATCH',
    `${path}?fieldManager=${FIELD_MANAGER}&force=true`,
    webhookConfiguration(registration, trustedPem),
    'application/apply-patch+yaml',
  )
  if (answer.status !== 200 && answer.status !== 201) {
    throw new KubernetesRefusal(`Writing the webhook configuration ${registration.name}`, answer, 'get, create and patch on mutatingwebhookconfigurations')
  }
}

function webhookConfiguration(registration: WebhookRegistration, trustedPem: string): object {
  const { address } = registration
  const caBundle = Buffer.from(trustedPem).toString('base64')
  const clientConfig = 'url' in address ? { url: `${address.url}${WEBHOOK_PATH}`, caBundle } : { service: { ...address.service, path: WEBHOOK_PATH }, caBundle }
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: registration.name, labels: { 'app.kubernetes.io/name': 'spirl-controller', 'app.kubernetes.io/managed-by': 'spirl-controller' } },
    webhooks: [
      {
        name: 'inject.k8s.spirl.com',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        // Other webhooks may add sidecars after us; they need the socket too.
        reinvocationPolicy: 'IfNeeded',
        matchPolicy: 'Equivalent',
        failurePolicy: registration.failure === 'open' ? 'Ignore' : 'Fail',
        timeoutSeconds: TIMEOUT_SECONDS,
        namespaceSelector: registration.namespaceSelector,
        objectSelector: registration.objectSelector,
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: 'Namespaced' },
          { apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['pods/ephemeralcontainers'], scope: 'Namespaced' },
        ],
        clientConfig,
      },
    ],
  }
}
