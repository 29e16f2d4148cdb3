import { LIMITS } from '@mintmark/contract/scan/plain'
import type { DeploymentObservation } from '@mintmark/contract/scan'
import { boundText, optionalText } from '../objects/fields.ts'
import type { Fields } from '../objects/fields.ts'
import { controllerOf } from '../objects/object.ts'
import type { KubernetesObject } from '../objects/object.ts'
import { isGenericImage, namingRepository } from './image.ts'

type Application = DeploymentObservation['application']

interface Clues {
  readonly labels: Fields
  readonly annotations: Fields
  readonly images: readonly string[]
  readonly namespace: string
  readonly kind: string
  readonly name: string
}

type Rule = (clues: Clues) => Application | undefined

/**
 * Which application a workload belongs to. The key holds no namespace and no cluster, so the same software has the same key wherever it runs;
 * the first rule with something to say decides, and is kept with its evidence.
 *
 * Reasoning behind the order:
 * - `app.kubernetes.io/name` is the name that the author of the software gave it, equal in every installation; `part-of` tells two systems apart
 *   that contain a part of the same name; `component` is left out, because the web and the worker of one application share its credentials on purpose.
 *   An off-the-shelf name such as `redis` is not one application: there the `instance` (or the Helm release) says whose it is.
 * - A Helm release, an Argo CD application or a Flux kustomization is what somebody installs and owns as one thing, under a name chosen once.
 * - An image repository names the software, unless it is a base image that hundreds of applications share.
 * - The object's own name is the last resort; names that every team uses (`api`, `web`) are kept apart by namespace.
 */
export function findApplication(object: KubernetesObject, templateLabels: Fields, images: readonly string[]): Application {
  const cronJob = owningCronJob(object)
  const clues: Clues = {
    labels: { ...templateLabels, ...object.labels },
    annotations: object.annotations,
    images,
    namespace: object.ref.namespace,
    kind: object.ref.kind,
    name: cronJob ?? stableName(object),
  }
  for (const rule of RULES) {
    const application = rule(clues)
    if (application !== undefined) return application
  }
  return nameRule(clues)
}

/** Name of the CronJob that made a Job. */
export function owningCronJob(object: KubernetesObject): string | undefined {
  if (object.row.kind !== 'Job') return undefined
  const owner = controllerOf(object)
  return owner?.kind === 'CronJob' && owner.name !== '' ? boundText(owner.name, LIMITS.nameCharsMax) : undefined
}

/** A name that the server made from `generateName` differs at every run. */
function stableName(object: KubernetesObject): string {
  const metadata = object.fields['metadata']
  const generated = typeof metadata === 'object' && metadata !== null && 'generateName' in metadata ? optionalText(metadata.generateName) : undefined
  return generated === undefined ? object.ref.name : generated.replace(/[-.]+$/, '')
}

function toApplication(rule: string, parts: readonly string[], name: string, evidence: string): Application {
  const key = boundText(`${rule}:${parts.join('/')}`, LIMITS.pathCharsMax)
  return { key, name: boundText(name, LIMITS.nameCharsMax), rule, evidence: boundText(evidence, LIMITS.sentenceCharsMax) }
}

const labelRule: Rule = ({ labels, annotations }) => {
  const name = optionalText(labels['app.kubernetes.io/name'])
  if (name === undefined) return undefined
  const partOf = optionalText(labels['app.kubernetes.io/part-of'])
  const instance = optionalText(labels['app.kubernetes.io/instance']) ?? optionalText(annotations['meta.helm.sh/release-name'])
  if (partOf !== undefined && partOf !== name) {
    const evidence = `Labels app.kubernetes.io/name=${name} and app.kubernetes.io/part-of=${partOf}`
    return toApplication('recommended-labels', [partOf, name], `${partOf}/${name}`, evidence)
  }
  if (isGenericImage(name.toLowerCase()) && instance !== undefined && instance !== name) {
    const evidence = `Label app.kubernetes.io/name=${name} names off-the-shelf software; its instance ${instance} tells installations apart`
    return toApplication('recommended-labels', [instance, name], `${instance}/${name}`, evidence)
  }
  return toApplication('recommended-labels', [name], name, `Label app.kubernetes.io/name=${name}`)
}

const helmRule: Rule = ({ annotations, labels }) => {
  const release = optionalText(annotations['meta.helm.sh/release-name'])
  if (release !== undefined) return toApplication('helm-release', [release], release, `Annotation meta.helm.sh/release-name=${release}`)
  // Charts of Helm 2 and rendered charts carry the labels only.
  const legacy = optionalText(labels['release'])
  const byHelm = labels['heritage'] === 'Helm' || labels['heritage'] === 'Tiller' || labels['app.kubernetes.io/managed-by'] === 'Helm'
  if (!byHelm || legacy === undefined) return undefined
  return toApplication('helm-release', [legacy], legacy, `Label release=${legacy}, set by a Helm chart`)
}

const argoRule: Rule = ({ annotations, labels }) => {
  const tracking = optionalText(annotations['argocd.argoproj.io/tracking-id'])
  // `<application>:<group>/<kind>:<namespace>/<name>`; with "applications in any namespace" the first part is `<namespace>_<application>`.
  const tracked = tracking?.split(':')[0]?.replace(/^[^_]*_/, '')
  if (tracked !== undefined && tracked !== '') return toApplication('argo-cd', [tracked], tracked, `Annotation argocd.argoproj.io/tracking-id names ${tracked}`)
  const instance = optionalText(labels['argocd.argoproj.io/instance']) ?? optionalText(labels['app.kubernetes.io/instance'])
  if (instance === undefined) return undefined
  return toApplication('argo-cd', [instance], instance, `Label of the instance is ${instance}, as Argo CD sets it on everything of one application`)
}

const fluxRule: Rule = ({ labels }) => {
  for (const label of ['helm.toolkit.fluxcd.io/name', 'kustomize.toolkit.fluxcd.io/name']) {
    const name = optionalText(labels[label])
    if (name !== undefined) return toApplication('flux', [name], name, `Label ${label}=${name}`)
  }
  return undefined
}

const imageRule: Rule = ({ images }) => {
  const repository = namingRepository(images)
  if (repository === undefined) return undefined
  const name = repository.slice(repository.lastIndexOf('/') + 1)
  return toApplication('image-repository', [repository], name, `Image repository ${repository}, whichever registry serves it`)
}

const RULES: readonly Rule[] = [labelRule, helmRule, argoRule, fluxRule, imageRule]

/** Names that tell the role of a workload inside its application, not the application. */
const COMMON_NAMES = new Set(
  'api app application backend batch cache client cron database db deployment frontend gateway job main migrate migration proxy queue scheduler server service site test ui web worker'.split(
    ' ',
  ),
)

function nameRule({ name, namespace, kind }: Clues): Application {
  const stable = name.toLowerCase()
  if (COMMON_NAMES.has(stable)) {
    return toApplication('name', [namespace, stable], `${namespace}/${name}`, `Name of the ${kind}; every team uses it, so its namespace counts too`)
  }
  return toApplication('name', [stable], name, `Name of the ${kind}; nothing else says what it is`)
}
