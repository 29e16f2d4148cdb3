import type { Random } from '../random.ts'
import { type ContainerPlan, buildContainer } from './containers.ts'
import { objectHead } from './metadata.ts'
import type { JsonObject, PlacedText, PlannedObject, Pointer } from './placed.ts'

export const WORKLOAD_KINDS = ['Deployment', 'Deployment', 'Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'Job'] as const
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number]

export interface WorkloadPlan {
  readonly kind: WorkloadKind
  readonly namespace: string
  readonly name: string
  readonly serviceAccount: string
  readonly labels: JsonObject
  readonly annotations: readonly { readonly key: string; readonly text: PlacedText['text'] }[]
  readonly containers: readonly ContainerPlan[]
  readonly initContainers: readonly ContainerPlan[]
  readonly volumes: readonly JsonObject[]
  readonly imagePullSecrets: readonly string[]
}

const templatePath = (kind: WorkloadKind): Pointer => (kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec', 'template'] : ['spec', 'template'])

function specAround(plan: WorkloadPlan, template: JsonObject): JsonObject {
  if (plan.kind === 'CronJob') return { schedule: '*/30 * * * *', concurrencyPolicy: 'Forbid', jobTemplate: { spec: { template } } }
  if (plan.kind === 'Job') return { backoffLimit: 3, template }
  const selector = { matchLabels: { 'app.kubernetes.io/name': plan.labels['app.kubernetes.io/name'] ?? plan.name } }
  if (plan.kind === 'DaemonSet') return { selector, template }
  return plan.kind === 'StatefulSet'
    ? { replicas: 1, serviceName: plan.name, selector, template }
    : { replicas: 2, selector, template, strategy: { type: 'RollingUpdate' } }
}

function statusOf(plan: WorkloadPlan, random: Random): JsonObject {
  if (plan.kind === 'CronJob') return { lastScheduleTime: '2025-10-02T10:30:00Z', lastSuccessfulTime: '2025-10-02T10:31:07Z' }
  const condition = (type: string, reason: string): JsonObject => ({
    type,
    status: 'True',
    reason,
    lastTransitionTime: '2025-09-30T08:00:11Z',
    lastUpdateTime: '2025-09-30T08:00:40Z',
    message: `${plan.kind} "${plan.name}-${random.text('bcdfghjklmnpqrstvwxz2456789', 10)}" has successfully progressed.`,
  })
  const conditions =
    plan.kind === 'Job'
      ? [condition('Complete', 'CompletionsReached')]
      : [condition('Available', 'MinimumReplicasAvailable'), condition('Progressing', 'NewReplicaSetAvailable')]
  return { observedGeneration: random.int(1, 40), replicas: 2, readyReplicas: 2, updatedReplicas: 2, availableReplicas: 2, conditions }
}

/** A workload with its pod template, from plans of its containers. */
export function workloadObject(random: Random, plan: WorkloadPlan): PlannedObject {
  const isBatch = plan.kind === 'CronJob' || plan.kind === 'Job'
  const consumer = `${plan.kind}/${plan.name}`
  const at = templatePath(plan.kind)
  const main = plan.containers.map((container, index) => buildContainer(container, [...at, 'spec', 'containers', index], { env: 'env', consumer }))
  const init = plan.initContainers.map((container, index) => buildContainer(container, [...at, 'spec', 'initContainers', index], { env: 'init-env', consumer }))
  const template: JsonObject = {
    metadata: { labels: plan.labels },
    spec: {
      ...(init.length > 0 ? { initContainers: init.map(({ body }) => body) } : {}),
      containers: main.map(({ body }) => body),
      ...(plan.volumes.length > 0 ? { volumes: plan.volumes } : {}),
      ...(plan.imagePullSecrets.length > 0 ? { imagePullSecrets: plan.imagePullSecrets.map((name) => ({ name })) } : {}),
      serviceAccountName: plan.serviceAccount,
      restartPolicy: isBatch ? 'OnFailure' : 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
    },
  }
  const head = objectHead(random, {
    apiVersion: isBatch ? 'batch/v1' : 'apps/v1',
    kind: plan.kind,
    namespace: plan.namespace,
    name: plan.name,
    labels: plan.labels,
    annotations: plan.kind === 'Deployment' ? { 'deployment.kubernetes.io/revision': `${random.int(1, 40)}` } : {},
  })
  const annotations = plan.annotations.map(({ key, text }): PlacedText => ({
    pointer: ['metadata', 'annotations', key],
    key,
    text,
    form: 'text',
    place: 'annotation',
    consumers: [consumer],
  }))
  return {
    body: { ...head, spec: specAround(plan, template), status: statusOf(plan, random) },
    texts: [...annotations, ...main.flatMap(({ texts }) => texts), ...init.flatMap(({ texts }) => texts)],
  }
}
