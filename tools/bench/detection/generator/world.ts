import { type Random, createRandom } from './random.ts'
import { certificateAndKey } from './kinds/keys.ts'
import type { MarkedText } from './marked-text.ts'
import { type ApplicationPlan, planApplication } from './objects/application.ts'
import { configurationObject } from './objects/configuration.ts'
import { helmRelease } from './objects/helm.ts'
import { objectHead, withLastApplied, withManagedFields } from './objects/metadata.ts'
import { type JsonObject, type PlannedObject, assemble } from './objects/placed.ts'
import { workloadObject } from './objects/workloads.ts'
import { type TruthRow, truthRows } from './truth.ts'
import { STAGES, TEAMS } from './words.ts'

export interface GeneratedObject {
  readonly object: JsonObject
  readonly truth: readonly TruthRow[]
}

/** Applications of one namespace before the next one begins. */
const APPLICATIONS_PER_NAMESPACE = 12

const literalText = (text: string): MarkedText => ({ text, marks: [], style: 'plain' })

/** What every namespace holds before anything is installed into it. */
function namespaceObjects(random: Random, namespace: string, authority: string): PlannedObject[] {
  const entry = { key: 'ca.crt', text: literalText(authority), place: 'configmap-entry', consumers: [] } as const
  return [
    { body: objectHead(random, { apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace }), texts: [] },
    configurationObject(random, { kind: 'ConfigMap', namespace, name: 'kube-root-ca.crt', entries: [entry] }),
    { body: objectHead(random, { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'default' }), texts: [] },
  ]
}

function applicationObjects(random: Random, plan: ApplicationPlan): PlannedObject[] {
  const { namespace } = plan.workload
  const { name, imagePullSecrets } = plan.serviceAccount
  const account: PlannedObject = {
    body: {
      ...objectHead(random, { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name }),
      imagePullSecrets: imagePullSecrets.map((secret) => ({ name: secret })),
    },
    texts: [],
  }
  return [
    ...plan.configuration.map((configuration) => configurationObject(random, configuration)),
    ...plan.releases.map((release) => helmRelease(random, release)),
    ...(name === 'default' ? [] : [account]),
    workloadObject(random, plan.workload),
  ]
}

/** Generates at least `count` API objects, application by application, each with its truth. The same seed gives the same objects. A `density` below 1 plants less, as ordinary clusters do. */
export function* generateObjects(seed: string, count: number, density = 1): Generator<GeneratedObject> {
  const root = createRandom(seed)
  const authority = certificateAndKey(root, 'kubernetes').certificate
  let [credentials, rowId, made] = [0, 0, 0]
  const nextCredential = (): string => `c${++credentials}`
  for (let application = 0; made < count; application++) {
    const number = Math.floor(application / APPLICATIONS_PER_NAMESPACE)
    const namespace = `${TEAMS[number % TEAMS.length]}-${STAGES[Math.floor(number / TEAMS.length) % STAGES.length]}-${number}`
    const random = root.fork(`application-${application}`)
    const isFirst = application % APPLICATIONS_PER_NAMESPACE === 0
    const planned = [
      ...(isFirst ? namespaceObjects(random, namespace, authority) : []),
      ...applicationObjects(random, planApplication(random, namespace, application, nextCredential, density)),
    ]
    made += planned.length
    for (const item of planned) {
      const copied = random.chance(0.3) && item.body['type'] !== 'helm.sh/release.v1' ? withLastApplied(random, item) : item
      const object = withManagedFields(random, assemble(copied))
      const truth: TruthRow[] = []
      for (const placed of copied.texts) truth.push(...truthRows(object, placed, rowId + truth.length))
      rowId += truth.length
      yield { object, truth }
    }
  }
}
