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
  /** The same way as text: `spec.template.spec`. */
  readonly place: string
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
  /** The same way as text: `spec.template.spec.containers[0]`. */
  readonly place: string
  readonly environment: Environment
}

/** Containers of one pod beyond this are not looked at; a pod of that size does not fit into etcd. */
const CONTAINERS_MAX = 2_000

interface TemplatePath {
  readonly path: readonly string[]
  readonly specPath: readonly string[]
  readonly place: string
}

const templatePath = (...path: readonly string[]): TemplatePath => ({ path, specPath: [...path, 'spec'], place: [...path, 'spec'].join('.') })
const TEMPLATE_PATH = templatePath('spec', 'template')
const CRON_JOB_TEMPLATE_PATH = templatePath('spec', 'jobTemplate', 'spec', 'template')

/** The pod template of one of the five workload kinds; missing parts read as empty. */
export function readPodTemplate(object: KubernetesObject): PodTemplate {
  const { path, specPath, place } = object.row.kind === 'CronJob' ? CRON_JOB_TEMPLATE_PATH : TEMPLATE_PATH
  const template = fieldsAt(object.fields, ...path)
  const metadata = fieldsOf(template['metadata'])
  const spec = fieldsOf(template['spec'])
  const serviceAccount = optionalText(spec['serviceAccountName']) ?? optionalText(spec['serviceAccount']) ?? 'default'
  return {
    path,
    labels: fieldsOf(metadata['labels']),
    annotations: fieldsOf(metadata['annotations']),
    spec,
    specPath,
    place,
    serviceAccount: boundText(serviceAccount, LIMITS.nameCharsMax),
    containers: readContainers(spec, specPath, place),
  }
}

function readContainers(spec: Fields, specPath: FieldPath, specPlace: string): Container[] {
  const containers: Container[] = []
  for (const field of ['containers', 'initContainers'] as const) {
    const written = listOf(spec[field])
    const count = Math.min(written.length, CONTAINERS_MAX)
    for (let index = 0; index < count; index++) {
      const fields = written[index]
      if (!isFields(fields)) continue
      const place = `${specPlace}.${field}[${index}]`
      const name = optionalText(fields['name']) ?? `${field}[${index}]`
      containers.push({
        name: boundText(name, LIMITS.nameCharsMax),
        image: (optionalText(fields['image']) ?? '').slice(0, 512),
        initial: field === 'initContainers',
        fields,
        path: [...specPath, field, { index, name }],
        place,
        environment: readEnvironment(fields),
      })
    }
  }
  return containers
}

/** Distinct images of a pod, those of its containers first. */
export function imagesOf(template: PodTemplate): readonly string[] {
  const images: string[] = []
  for (const { image } of template.containers) {
    if (image !== '' && images.length < LIMITS.listItemsMax && !images.includes(image)) images.push(image)
  }
  return images
}
