import { LIMITS } from '@mintmark/contract/scan/plain'
import { boundText, fieldsAt, fieldsOf, isFields, listOf, optionalText } from '../objects/fields.ts'
import type { Fields } from '../objects/fields.ts'
import type { KubernetesObject } from '../objects/object.ts'
import type { FieldPath } from '../objects/path.ts'
import { readEnvironment } from './environment.ts'
import type { Environment } from './environment.ts'

/** The pod template of a workload and the way to it, which differs for CronJobs. */
export interface PodTemplate {
  readonly path: readonly string[]
  readonly labels: Fields
  readonly annotations: Fields
  readonly spec: Fields
  readonly specPath: FieldPath
  readonly serviceAccount: string
  readonly containers: readonly Container[]
}

/** A container or an initContainer (sidecars with `restartPolicy: Always` are initContainers too). */
export interface Container {
  readonly name: string
  readonly image: string
  readonly initial: boolean
  readonly fields: Fields
  readonly path: FieldPath
  readonly environment: Environment
}

/** Containers of one pod beyond this are not looked at; a pod of that size does not fit into etcd. */
const CONTAINERS_MAX = 2_000

const TEMPLATE_PATH: readonly string[] = ['spec', 'template']
const CRON_JOB_TEMPLATE_PATH: readonly string[] = ['spec', 'jobTemplate', 'spec', 'template']

/** The pod template of one of the five workload kinds; missing parts read as empty. */
export function readPodTemplate(object: KubernetesObject): PodTemplate {
  const path = object.row.kind === 'CronJob' ? CRON_JOB_TEMPLATE_PATH : TEMPLATE_PATH
  const template = fieldsAt(object.fields, ...path)
  const metadata = fieldsOf(template['metadata'])
  const spec = fieldsOf(template['spec'])
  const specPath = [...path, 'spec']
  const serviceAccount = optionalText(spec['serviceAccountName']) ?? optionalText(spec['serviceAccount']) ?? 'default'
  return {
    path,
    labels: fieldsOf(metadata['labels']),
    annotations: fieldsOf(metadata['annotations']),
    spec,
    specPath,
    serviceAccount: boundText(serviceAccount, LIMITS.nameCharsMax),
    containers: [...readContainers(spec, specPath, 'containers'), ...readContainers(spec, specPath, 'initContainers')],
  }
}

function readContainers(spec: Fields, specPath: FieldPath, field: 'containers' | 'initContainers'): Container[] {
  const containers: Container[] = []
  for (const [index, fields] of listOf(spec[field]).slice(0, CONTAINERS_MAX).entries()) {
    if (!isFields(fields)) continue
    const name = optionalText(fields['name']) ?? `${field}[${index}]`
    containers.push({
      name: boundText(name, LIMITS.nameCharsMax),
      image: (optionalText(fields['image']) ?? '').slice(0, 512),
      initial: field === 'initContainers',
      fields,
      path: [...specPath, field, { index, name }],
      environment: readEnvironment(fields),
    })
  }
  return containers
}

/** Distinct images of a pod, those of its containers first. */
export function imagesOf(template: PodTemplate): readonly string[] {
  const images = new Set(template.containers.map((container) => container.image).filter((image) => image !== ''))
  return [...images].slice(0, LIMITS.listItemsMax)
}
