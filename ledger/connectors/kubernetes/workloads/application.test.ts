import { describe, expect, test } from 'vitest'
import { toKubernetesObject } from '../objects/object.ts'
import { kindNamed } from '../permissions.ts'
import { findApplication } from './application.ts'
import { repositoryOf } from './image.ts'

interface Case {
  readonly kind?: string
  readonly name?: string
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly images?: readonly string[]
  readonly more?: Readonly<Record<string, unknown>>
}

function applicationOf({ kind = 'Deployment', name = 'web', namespace = 'shop', labels, annotations, images = [], more }: Case) {
  const row = kindNamed(kind)
  const object = row === undefined ? undefined : toKubernetesObject(row, { metadata: { name, namespace, labels, annotations, ...more } })
  if (object === undefined) throw new Error('the case has no object')
  return findApplication(object, {}, images)
}

const standard = (name: string, more: Readonly<Record<string, string>> = {}) => ({ 'app.kubernetes.io/name': name, ...more })

const cases: readonly (readonly [string, Case, string])[] = [
  ['the recommended name', { labels: standard('checkout') }, 'recommended-labels:checkout'],
  ['the component does not split', { labels: standard('checkout', { 'app.kubernetes.io/component': 'worker' }) }, 'recommended-labels:checkout'],
  ['the instance does not split', { labels: standard('checkout', { 'app.kubernetes.io/instance': 'checkout-prod' }) }, 'recommended-labels:checkout'],
  ['part-of tells systems apart', { labels: standard('api', { 'app.kubernetes.io/part-of': 'shop' }) }, 'recommended-labels:shop/api'],
  ['off-the-shelf software belongs to its instance', { labels: standard('redis', { 'app.kubernetes.io/instance': 'cart' }) }, 'recommended-labels:cart/redis'],
  ['a Helm release', { annotations: { 'meta.helm.sh/release-name': 'cart' } }, 'helm-release:cart'],
  ['labels go before Helm', { labels: standard('checkout'), annotations: { 'meta.helm.sh/release-name': 'r1' } }, 'recommended-labels:checkout'],
  ['Argo CD by annotation', { annotations: { 'argocd.argoproj.io/tracking-id': 'cart:apps/Deployment:shop/web' } }, 'argo-cd:cart'],
  ['Argo CD in any namespace', { annotations: { 'argocd.argoproj.io/tracking-id': 'team_cart:apps/Deployment:shop/web' } }, 'argo-cd:cart'],
  ['Flux', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'cart' } }, 'flux:cart'],
  ['the image, whichever registry', { images: ['eu.registry.example:5000/acme/cart:1.2@sha256:00'] }, 'image-repository:acme/cart'],
  ['sidecars and bases do not name it', { images: ['docker.io/istio/proxyv2:1', 'python:3', 'acme/cart'] }, 'image-repository:acme/cart'],
  ['a base image leaves the name', { name: 'cart', images: ['nginx:1'] }, 'name:cart'],
  ['a name that everybody uses counts with its namespace', { name: 'api', namespace: 'cart' }, 'name:cart/api'],
  ['a generated name without its ending', { kind: 'Job', name: 'migrate-x7k2p', more: { generateName: 'migrate-db-' } }, 'name:migrate-db'],
]

describe('the application of a workload', () => {
  test.each(cases)('%s', (_name, workload, key) => {
    const application = applicationOf(workload)
    expect(application.key).toBe(key)
    expect(application.evidence).not.toBe('')
  })

  test('has the same key in every namespace', () => {
    for (const [, workload, key] of cases.filter(([, { name }]) => name !== 'api')) expect(applicationOf({ ...workload, namespace: 'elsewhere' }).key).toBe(key)
  })

  test('a Job is named after the CronJob that made it', () => {
    const more = { ownerReferences: [{ kind: 'CronJob', name: 'report', controller: true }] }
    expect(applicationOf({ kind: 'Job', name: 'report-28912345', more }).key).toBe('name:report')
  })
})

test.each([
  ['nginx', 'nginx'],
  ['ghcr.io/acme/Checkout:1.2', 'acme/checkout'],
  ['localhost/app', 'app'],
  ['registry:5000/app@sha256:aa', 'app'],
  ['acme/app', 'acme/app'],
  ['', undefined],
])('repository of %s', (image, repository) => {
  expect(repositoryOf(image)).toBe(repository)
})
