import type { ScanReport, Secret } from '@mintmark/contract/scan'
import { nameOfKey } from './words.ts'

/** Secrets that the same applications use. */
export interface SecretGroup {
  readonly applications: readonly string[]
  /** Namespaces of the applications' deployments, sorted. */
  readonly namespaces: readonly string[]
  /** In the order of the report: worst first. */
  readonly secrets: readonly Secret[]
}

/**
 * Groups secrets by the applications that use them, in the report's order: the group of the worst secret comes first.
 * A shared secret makes a group of its own, because whom it is shared with is the news.
 */
export function groupByApplication(report: ScanReport): readonly SecretGroup[] {
  const names = new Map(report.applications.map((application) => [application.key, application.name]))
  const namespaces = new Map<string, Set<string>>()
  for (const deployment of report.deployments) {
    const known = namespaces.get(deployment.application) ?? new Set()
    namespaces.set(deployment.application, known.add(deployment.namespace))
  }
  const groups = new Map<string, { applications: string[]; namespaces: string[]; secrets: Secret[] }>()
  for (const secret of report.secrets) {
    const id = JSON.stringify(secret.applications)
    const group = groups.get(id)
    if (group !== undefined) group.secrets.push(secret)
    else
      groups.set(id, {
        applications: secret.applications.map((key) => names.get(key) ?? nameOfKey(key)),
        namespaces: [...new Set(secret.applications.flatMap((key) => [...(namespaces.get(key) ?? [])]))].toSorted(),
        secrets: [secret],
      })
  }
  return [...groups.values()]
}
