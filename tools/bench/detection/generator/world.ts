import { type Random, createRandom } from './random.ts'
import { certificateAndKey } from './kinds/keys.ts'
import { planApplication } from './objects/application.ts'
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

/** Generates at least `count` API objects, application by application, each with its truth. The same seed gives the same objects. */
export function* generateObjects(seed: string, count: number): Generator<GeneratedObject> {
  const root = createRandom(seed)
  const authority = certificateAndKey(root, 'kubernetes').certificate
  let [made, credentials, rowId, application] = [0, 0, 0, 0]
  const nextCredential = (): string => `c${++credentials}`
  const finish = (planned: PlannedObject, random: Random): GeneratedObject => {
    const copied = random.chance(0.3) && planned.body['type'] !== 'helm.sh/release.v1' ? withLastApplied(random, planned) : planned
    const object = withManagedFields(random, assemble(copied))
    const truth = copied.texts.flatMap((placed) => {
      const rows = truthRows(object, placed, rowId)
      rowId += rows.length
      return rows
    })
    made += 1
    return { object, truth }
  }
  while (made < count) {
    const namespace = `${TEAMS[Math.floor(application / APPLICATIONS_PER_NAMESPACE) % TEAMS.length]}-${STAGES[Math.floor(application / APPLICATIONS_PER_NAMESPACE / TEAMS.length) % STAGES.length]}-${Math.floor(application / APPLICATIONS_PER_NAMESPACE)}`
    const random = root.fork(`application-${application}`)
    if (application % APPLICATIONS_PER_NAMESPACE === 0) {
      yield finish({ body: { ...objectHead(random, { apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace }) }, texts: [] }, random)
      yield finish(
        configurationObject(random, {
          kind: 'ConfigMap',
          namespace,
          name: 'kube-root-ca.crt',
          entries: [{ key: 'ca.crt', text: { text: authority, marks: [], style: 'plain' }, place: 'configmap-entry', consumers: [] }],
        }),
        random,
      )
      yield finish({ body: objectHead(random, { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'default' }), texts: [] }, random)
    }
    const plan = planApplication(random, namespace, application, nextCredential)
    for (const configuration of plan.configuration) yield finish(configurationObject(random, configuration), random)
    for (const release of plan.releases) yield finish(helmRelease(random, release), random)
    if (plan.serviceAccount.name !== 'default') {
      const head = objectHead(random, { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: plan.serviceAccount.name })
      yield finish({ body: { ...head, imagePullSecrets: plan.serviceAccount.imagePullSecrets.map((name) => ({ name })) }, texts: [] }, random)
    }
    yield finish(workloadObject(random, plan.workload), random)
    application += 1
  }
}
