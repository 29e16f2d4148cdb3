import type { Coverage, CoverageEntry } from '@mintmark/contract/scan'

/** Collections whose objects can be consumers of a Secret or ConfigMap. */
export const WORKLOAD_COLLECTIONS = ['deployments', 'statefulsets', 'daemonsets', 'cronjobs', 'jobs'] as const

/**
 * Why consumers of a namespace may be missing, in one sentence; undefined when every workload kind was read completely (law 2).
 * A collection that nobody closed counts as failed. Entries about single objects say nothing of a namespace.
 *
 * @param coverage all entries of the newest state of one cluster
 */
export function explainMissingConsumers(coverage: readonly CoverageEntry[], namespace: string): string | undefined {
  return explainMissing(coverage, namespace, WORKLOAD_COLLECTIONS)
}

/** The same for pull secrets, which pods also take through their service account. */
export function explainMissingPullSecrets(coverage: readonly CoverageEntry[], namespace: string): string | undefined {
  return explainMissing(coverage, namespace, [...WORKLOAD_COLLECTIONS, 'serviceaccounts'])
}

function explainMissing(coverage: readonly CoverageEntry[], namespace: string, collections: readonly string[]): string | undefined {
  const gaps = collections.flatMap((collection) => {
    const gap = findGap(coverage, namespace, collection)
    return gap === undefined ? [] : [`${collection} ${gap}`]
  })
  return gaps.length === 0 ? undefined : `Consumers may be missing: ${gaps.join('; ')}`.slice(0, 1_024)
}

function findGap(coverage: readonly CoverageEntry[], namespace: string, collection: string): string | undefined {
  const about = coverage.filter(
    (entry) =>
      entry.collection === collection && entry.scope.object === undefined && (entry.scope.namespace === undefined || entry.scope.namespace === namespace),
  )
  // What is said of the namespace itself is more precise than what is said of the whole cluster.
  const own = about.filter((entry) => entry.scope.namespace !== undefined)
  const deciding = own.length > 0 ? own : about
  if (deciding.length === 0) return 'were not read'
  const worst = deciding.find((entry) => entry.coverage.state !== 'complete')
  return worst === undefined ? undefined : describeCoverage(worst.coverage)
}

function describeCoverage(coverage: Coverage): string {
  switch (coverage.state) {
    case 'complete':
      return 'were read'
    case 'partial':
      return `were read in part (${coverage.reason})`
    case 'denied':
      return `were denied (missing permission: ${coverage.permission})`
    case 'failed':
      return `could not be read (${coverage.reason})`
  }
}
