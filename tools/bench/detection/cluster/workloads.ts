import type { Json, JsonObject } from '../generator/index.ts'
import { humanPassword, serviceName } from '../generator/words.ts'
import { HEX, type Random } from '../generator/random.ts'
import type { Place } from './place.ts'

type Value = (random: Random, place: Place) => string

/** Variables of ordinary containers: names and values that nobody would take for a credential. */
const PLAIN: readonly (readonly [name: string, value: Value])[] = [
  ['LOG_LEVEL', (random) => random.pick(['info', 'debug', 'warn'])],
  ['PORT', () => '8080'],
  ['NODE_ENV', () => 'production'],
  ['SPRING_PROFILES_ACTIVE', (random) => random.pick(['prod', 'prod,k8s', 'staging'])],
  ['JAVA_TOOL_OPTIONS', () => '-XX:MaxRAMPercentage=75 -XX:+ExitOnOutOfMemoryError -Dfile.encoding=UTF-8'],
  ['DB_HOST', (_random, { namespace }) => `postgres-primary.${namespace}.svc.cluster.local`],
  ['DB_PORT', () => '5432'],
  ['DB_NAME', (_random, { name }) => name.replaceAll('-', '_')],
  ['REDIS_HOST', (_random, { namespace }) => `redis-master.${namespace}.svc`],
  ['KAFKA_BROKERS', () => 'kafka-0.kafka.platform.svc:9092,kafka-1.kafka.platform.svc:9092,kafka-2.kafka.platform.svc:9092'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', () => 'http://otel-collector.observability.svc:4317'],
  ['OTEL_SERVICE_NAME', (_random, { name }) => name],
  ['OTEL_RESOURCE_ATTRIBUTES', (_random, { namespace }) => `deployment.environment=prod,k8s.namespace.name=${namespace}`],
  ['FEATURE_CHECKOUT_V2', (random) => random.pick(['true', 'false'])],
  ['HTTP_TIMEOUT_MS', (random) => `${random.int(1, 60) * 500}`],
  ['CATALOG_BASE_URL', (random) => `https://${serviceName(random)}.internal.example.net/api/v2`],
  ['GOMEMLIMIT', () => '400MiB'],
  ['TZ', () => 'Europe/Berlin'],
  ['METRICS_PATH', () => '/actuator/prometheus'],
  ['CORS_ORIGINS', () => 'https://www.example.net,https://admin.example.net'],
]
/** Variables that a Secret fills. */
const REFERRED = ['DB_PASSWORD', 'DB_USERNAME', 'REDIS_PASSWORD', 'API_KEY', 'JWT_SECRET', 'CLIENT_SECRET', 'SMTP_PASSWORD', 'SENTRY_DSN']

function environment(random: Random, place: Place): Json[] {
  const variables: Json[] = random.sample(PLAIN, random.int(2, 7)).map(([name, value]) => ({ name, value: value(random, place) }))
  for (const name of random.sample(REFERRED, random.int(0, 3)))
    variables.push({ name, valueFrom: { secretKeyRef: { name: `${place.name}-credentials`, key: name.toLowerCase().replaceAll('_', '-') } } })
  variables.push({ name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } })
  // One container in twenty-five has a password written into it.
  if (random.chance(0.04)) variables.push({ name: random.pick(['ADMIN_PASSWORD', 'DB_PASS', 'SMTP_PASSWORD']), value: humanPassword(random) })
  return variables
}

const probe = (path: string, initialDelaySeconds: number): JsonObject => ({
  httpGet: { path, port: 'http', scheme: 'HTTP' },
  initialDelaySeconds,
  timeoutSeconds: 3,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
})

function container(random: Random, place: Place, name: string): JsonObject {
  const argumentsOf = random.chance(0.35)
    ? { args: ['--config=/etc/app/config.yaml', `--log-level=${random.pick(['info', 'debug'])}`, '--metrics-bind-address=:9090', '--leader-elect'] }
    : {}
  return {
    name,
    image: `registry.example.net/${place.team}/${name}:${random.int(1, 9)}.${random.int(0, 40)}.${random.int(0, 9)}@sha256:${random.text(HEX, 64)}`,
    ...argumentsOf,
    ports: [
      { name: 'http', containerPort: 8080, protocol: 'TCP' },
      { name: 'metrics', containerPort: 9090, protocol: 'TCP' },
    ],
    ...(random.chance(0.4) ? { envFrom: [{ configMapRef: { name: `${place.name}-env` } }] } : {}),
    env: environment(random, place),
    resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m', memory: '512Mi' } },
    volumeMounts: [
      { name: 'config', readOnly: true, mountPath: '/etc/app' },
      { name: 'tmp', mountPath: '/tmp' },
    ],
    livenessProbe: probe('/health/live', 30),
    readinessProbe: probe('/health/ready', 5),
    ...(random.chance(0.3) ? { lifecycle: { preStop: { exec: { command: ['sh', '-c', 'sleep 10'] } } } } : {}),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
    securityContext: {
      capabilities: { drop: ['ALL'] },
      runAsNonRoot: true,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      seccompProfile: { type: 'RuntimeDefault' },
    },
  }
}

function podTemplate(random: Random, place: Place, labels: JsonObject, restartPolicy: string): JsonObject {
  const isProxied = random.chance(0.1)
  return {
    metadata: {
      labels,
      annotations: {
        'checksum/config': random.text(HEX, 64),
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': '9090',
        'kubectl.kubernetes.io/restartedAt': '2025-05-12T08:14:07+02:00',
      },
    },
    spec: {
      volumes: [
        { name: 'config', configMap: { name: `${place.name}-config`, defaultMode: 420 } },
        { name: 'tmp', emptyDir: {} },
      ],
      containers: [container(random, place, place.name), ...(isProxied ? [container(random, place, 'proxy')] : [])],
      restartPolicy,
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: place.name,
      serviceAccount: place.name,
      securityContext: { runAsUser: 10_001, fsGroup: 10_001 },
      imagePullSecrets: [{ name: 'registry' }],
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 100, podAffinityTerm: { labelSelector: { matchLabels: labels }, topologyKey: 'kubernetes.io/hostname' } },
          ],
        },
      },
      schedulerName: 'default-scheduler',
      tolerations: [{ key: 'workload', operator: 'Equal', value: 'general', effect: 'NoSchedule' }],
    },
  }
}

/** Kinds of workloads with their shares. */
export const WORKLOADS = [
  [24, 'Deployment'],
  [5, 'StatefulSet'],
  [3, 'DaemonSet'],
  [3, 'CronJob'],
  [3, 'Job'],
] as const

/** `spec` and `status` of a workload as an API server fills them. */
export function workloadBody(random: Random, kind: (typeof WORKLOADS)[number][1], place: Place): JsonObject {
  const labels: JsonObject = {
    app: place.name,
    'app.kubernetes.io/name': place.name,
    'app.kubernetes.io/instance': place.name,
    'app.kubernetes.io/version': `${random.int(1, 9)}.${random.int(0, 40)}.0`,
    'app.kubernetes.io/part-of': place.team,
  }
  const isBatch = kind === 'CronJob' || kind === 'Job'
  const template = podTemplate(random, place, labels, isBatch ? 'OnFailure' : 'Always')
  const selector = { matchLabels: { 'app.kubernetes.io/name': place.name } }
  if (kind === 'CronJob')
    return { spec: { schedule: '15 3 * * *', suspend: false, jobTemplate: { spec: { template } } }, status: { lastScheduleTime: '2025-06-01T03:15:00Z' } }
  if (kind === 'Job')
    return { spec: { parallelism: 1, completions: 1, backoffLimit: 6, template }, status: { succeeded: 1, completionTime: '2025-06-01T03:16:11Z' } }
  const condition = (type: string, reason: string, message: string): JsonObject => ({
    type,
    status: 'True',
    lastUpdateTime: '2025-05-30T08:00:40Z',
    lastTransitionTime: '2025-02-11T09:12:44Z',
    reason,
    message,
  })
  return {
    spec: {
      replicas: random.int(1, 6),
      selector,
      template,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
    },
    status: {
      observedGeneration: random.int(1, 90),
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      conditions: [
        condition('Available', 'MinimumReplicasAvailable', 'Deployment has minimum availability.'),
        condition('Progressing', 'NewReplicaSetAvailable', `ReplicaSet "${place.name}-${random.text(HEX, 10)}" has successfully progressed.`),
      ],
    },
  }
}
