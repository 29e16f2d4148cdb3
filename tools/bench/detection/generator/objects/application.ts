import type { Setting } from '../credential.ts'
import { dockerConfig } from '../files/index.ts'
import { drawBundle, drawHeader } from '../kinds/index.ts'
import { compose, plainText } from '../marked-text.ts'
import type { Random } from '../random.ts'
import { serviceName, STAGES } from '../words.ts'
import { addAnnotations, addComposition, addFiles, addKeyed, addRaw, addWhole } from './buckets.ts'
import type { ConfigurationPlan } from './configuration.ts'
import { type ContainerPlan, argumentTexts, envPlan, literal, shellCommand } from './containers.ts'
import { type Bucket, type Draft, crowded, distribute } from './draft.ts'
import type { ReleasePlan } from './helm.ts'
import { addTypedSecret } from './typed.ts'
import { WORKLOAD_KINDS, type WorkloadPlan } from './workloads.ts'

/** Everything that one application brings into its namespace. */
export interface ApplicationPlan {
  readonly workload: WorkloadPlan
  readonly configuration: readonly ConfigurationPlan[]
  readonly serviceAccount: { readonly name: string; readonly imagePullSecrets: readonly string[] }
  readonly releases: readonly ReleasePlan[]
}

type Buckets = Map<Bucket, (readonly Setting[])[]>

function fillContainers(draft: Draft, buckets: Buckets): void {
  const { random } = draft
  const group = (bucket: Bucket): readonly (readonly Setting[])[] => buckets.get(bucket) ?? []
  draft.env.push(...crowded(draft, group('env'), { filler: random.int(0, 8), negatives: random.int(0, 6) }).map(envPlan))
  draft.initEnv.push(...crowded(draft, group('initEnv'), { filler: random.int(0, 2), negatives: random.int(0, 2) }).map(envPlan))
  addComposition(draft)
  if (group('argument').length > 0 || random.chance(0.2)) {
    const settings = crowded(draft, group('argument'), { filler: random.int(0, 3), negatives: random.int(0, 2) }, true)
    draft.args.push(...settings.flatMap((setting) => argumentTexts(random, setting)))
  }
  if (group('command').length > 0) draft.command.push(...shellCommand(random, crowded(draft, group('command'), { filler: 1, negatives: 1 }, true)))
  if (random.chance(0.08 * draft.density)) {
    const header = drawHeader(random, draft.nextCredential()).settings[0]
    if (header !== undefined)
      draft.probeHeaders.push({ name: 'Authorization', text: plainText(header) }, { name: 'X-Request-Source', text: literal('kubelet') })
  }
  if (random.chance(0.05 * draft.density)) {
    const header = drawHeader(random, draft.nextCredential()).settings[0]
    if (header !== undefined)
      draft.lifecycle.push(
        literal('sh'),
        literal('-c'),
        compose(['curl -s -X POST -H "Authorization: ', plainText(header), '" http://hooks.internal/started'], 'shell-command'),
      )
  }
}

function fillConfiguration(draft: Draft, buckets: Buckets): void {
  const { random } = draft
  const around = (bucket: Bucket): readonly Setting[] => {
    const groups = buckets.get(bucket)
    return groups === undefined ? [] : crowded(draft, groups, { filler: random.int(0, 4), negatives: random.int(0, 4) })
  }
  addKeyed(draft, 'Secret', around('secretEnv'))
  addWhole(draft, 'Secret', around('secretFrom'))
  addKeyed(draft, 'ConfigMap', around('configEnv'))
  addWhole(
    draft,
    'ConfigMap',
    random.chance(0.3) ? crowded(draft, buckets.get('configFrom') ?? [], { filler: random.int(2, 12), negatives: random.int(1, 8) }) : around('configFrom'),
  )
  addFiles(draft, 'ConfigMap', buckets.get('file') ?? (random.chance(draft.density < 1 ? 0.6 : 0.2) ? [[]] : []))
  addFiles(draft, 'Secret', buckets.get('secretFile') ?? [])
  addRaw(draft, buckets.get('raw') ?? [])
  addAnnotations(draft, buckets.get('annotation') ?? [])
  const unused = around('unused')
  if (unused.length > 0) {
    draft.configuration.push({
      kind: 'Secret',
      namespace: draft.namespace,
      name: `${draft.name}-${random.pick(['old', 'backup', 'legacy'])}`,
      entries: unused.map((setting) => ({
        key: setting.path.join('-'),
        text: plainText(setting),
        place: 'secret-entry',
        usage: 'no-static-consumer',
        consumers: [],
      })),
    })
  }
}

/** A pull secret, named by the pod or by its ServiceAccount. */
function addPullSecret(draft: Draft): { readonly pod: readonly string[]; readonly account: readonly string[] } {
  const { random } = draft
  if (!random.chance(0.15 * draft.density)) return { pod: [], account: [] }
  const name = `${draft.name}-${random.pick(['regcred', 'registry', 'pull'])}`
  const { text } = dockerConfig(random, draft.nextCredential)
  draft.configuration.push({
    kind: 'Secret',
    namespace: draft.namespace,
    name,
    type: 'kubernetes.io/dockerconfigjson',
    entries: [{ key: '.dockerconfigjson', text, place: 'secret-typed', usage: 'used', consumers: [draft.consumer] }],
  })
  return random.chance(0.5) ? { pod: [name], account: [] } : { pod: [], account: [name] }
}

/** Helm revisions: the deployed one holds what the application uses now, the older ones also what it used before. */
function planReleases(draft: Draft, current: readonly Setting[], older: readonly Setting[]): readonly ReleasePlan[] {
  const { random } = draft
  if (current.length === 0 || !random.chance(0.3)) return []
  const latest = random.int(1, 4)
  const common = { release: draft.name, namespace: draft.namespace, chart: serviceName(random) }
  const known = crowded(draft, [current], { filler: random.int(1, 5), negatives: random.int(0, 3) })
  const generated = crowded(draft, [drawBundle(random, draft.nextCredential()).settings], { filler: 1, negatives: 1 })
  const before = crowded(draft, [older], { filler: random.int(1, 5), negatives: 0 })
  return Array.from({ length: latest }, (_, index): ReleasePlan => {
    const revision = index + 1
    return revision === latest
      ? { ...common, revision, status: 'deployed', settings: known, generated }
      : { ...common, revision, status: 'superseded', settings: revision % 2 === 0 ? known : before, generated }
  })
}

/** Plans one application: its credentials, where each lies, and what stands around it. */
export function planApplication(random: Random, namespace: string, index: number, nextCredential: () => string, density: number): ApplicationPlan {
  const name = `${serviceName(random)}-${random.pick(['api', 'web', 'worker', 'svc', 'job', random.pick(STAGES)])}-${index}`
  const kind = random.pick(WORKLOAD_KINDS)
  const draft: Draft = {
    random,
    density,
    name,
    namespace,
    nextCredential,
    consumer: `${kind}/${name}`,
    env: [],
    envFrom: [],
    initEnv: [],
    command: [],
    args: [],
    probeHeaders: [],
    lifecycle: [],
    mounts: [],
    volumes: [],
    annotations: [],
    configuration: [],
  }
  const bundles = Array.from(
    {
      length: random.weighted([
        [1, 0],
        [3, 1],
        [4, 2],
        [3, 3],
        [2, 5],
      ]),
    },
    () => drawBundle(random, nextCredential()),
  )
  const buckets = distribute(random, bundles)
  fillContainers(draft, buckets)
  fillConfiguration(draft, buckets)
  if (random.chance(density)) addTypedSecret(draft)
  const pull = addPullSecret(draft)
  const releases = planReleases(draft, bundles[0]?.settings ?? [], drawBundle(random, nextCredential()).settings)
  const image = `registry.kontor.de/${random.pick(['library', 'team'])}/${random.weighted([
    [3, name],
    [1, 'postgres'],
    [1, 'redis'],
    [1, 'grafana'],
    [1, 'rabbitmq'],
  ])}:${random.int(1, 9)}.${random.int(0, 20)}`
  const container = (containerName: string, env: ContainerPlan['env']): ContainerPlan => ({
    name: containerName,
    image,
    env,
    envFrom: [],
    command: [],
    args: [],
    probeHeaders: [],
    lifecycle: [],
    mounts: [],
  })
  const main: ContainerPlan = {
    ...container(random.pick(['main', 'app', name]), draft.env),
    envFrom: draft.envFrom,
    command: draft.command,
    args: draft.args,
    probeHeaders: draft.probeHeaders,
    lifecycle: draft.lifecycle,
    mounts: draft.mounts,
  }
  const account = random.chance(0.6) || pull.account.length > 0 ? name : 'default'
  return {
    workload: {
      kind,
      namespace,
      name,
      serviceAccount: account,
      labels: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': name, 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: draft.annotations,
      containers: [main],
      initContainers: draft.initEnv.length > 0 ? [container('migrate', draft.initEnv)] : [],
      volumes: draft.volumes,
      imagePullSecrets: pull.pod,
    },
    configuration: mergeByName(draft.configuration),
    serviceAccount: { name: account, imagePullSecrets: pull.account },
    releases,
  }
}

/** Two plans for one object become one. */
function mergeByName(plans: readonly ConfigurationPlan[]): readonly ConfigurationPlan[] {
  const merged = new Map<string, ConfigurationPlan>()
  for (const plan of plans) {
    const key = `${plan.kind}/${plan.name}`
    const known = merged.get(key)
    const entries = [...(known?.entries ?? []), ...plan.entries.filter((entry) => known?.entries.every(({ key: name }) => name !== entry.key) ?? true)]
    merged.set(key, { ...plan, entries })
  }
  return [...merged.values()]
}
