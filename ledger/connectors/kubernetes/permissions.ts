/** One of the kinds that the scanner's ClusterRole grants. */
export interface KindRow {
  /** Plural as in URLs, roles and coverage lines. */
  readonly collection: string
  readonly kind: string
  /** API group; empty for the core group. */
  readonly group: string
  readonly namespaced: boolean
  readonly role: 'platform' | 'identity' | 'workload' | 'data'
  /** What reading it gives a user; shown where it is denied. */
  readonly unlocks: string
}

/**
 * The ten kinds of the ClusterRole `spirl-ledger-scanner`, in the order in which they are read: who exists, then who uses what, then the values,
 * so that every value is judged with the names by which its consumers know it. CronJobs come before Jobs, which they own.
 */
export const KINDS: readonly KindRow[] = [
  {
    collection: 'namespaces',
    kind: 'Namespace',
    group: '',
    namespaced: false,
    role: 'platform',
    unlocks: 'the id of the cluster and annotations of namespaces',
  },
  { collection: 'nodes', kind: 'Node', group: '', namespaced: false, role: 'platform', unlocks: 'cloud provider, region and account of the cluster' },
  {
    collection: 'serviceaccounts',
    kind: 'ServiceAccount',
    group: '',
    namespaced: true,
    role: 'identity',
    unlocks: 'cloud identities of workloads and pull secrets that they inherit',
  },
  { collection: 'deployments', kind: 'Deployment', group: 'apps', namespaced: true, role: 'workload', unlocks: 'applications that run as Deployments' },
  { collection: 'statefulsets', kind: 'StatefulSet', group: 'apps', namespaced: true, role: 'workload', unlocks: 'applications that run as StatefulSets' },
  {
    collection: 'daemonsets',
    kind: 'DaemonSet',
    group: 'apps',
    namespaced: true,
    role: 'workload',
    unlocks: 'applications that run as DaemonSets, the Mint agent among them',
  },
  { collection: 'cronjobs', kind: 'CronJob', group: 'batch', namespaced: true, role: 'workload', unlocks: 'applications that run on a schedule' },
  { collection: 'jobs', kind: 'Job', group: 'batch', namespaced: true, role: 'workload', unlocks: 'applications that run once' },
  { collection: 'configmaps', kind: 'ConfigMap', group: '', namespaced: true, role: 'data', unlocks: 'credentials in ConfigMaps' },
  { collection: 'secrets', kind: 'Secret', group: '', namespaced: true, role: 'data', unlocks: 'credentials in Secrets and Helm releases' },
]

const BY_KIND: ReadonlyMap<string, KindRow> = new Map(KINDS.map((row) => [row.kind, row]))

/** Row of a kind such as `CronJob`; `undefined` for kinds that are not read. */
export function kindNamed(kind: string): KindRow | undefined {
  return BY_KIND.get(kind)
}

/** Path of the collection on the API server, for the whole cluster or for one namespace. */
export function urlPathOf(row: KindRow, namespace?: string): string {
  const root = row.group === '' ? '/api/v1' : `/apis/${row.group}/v1`
  const scope = namespace === undefined || !row.namespaced ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  return `${root}${scope}/${row.collection}`
}

/** The permission that a denied collection lacks, as a sentence and as the rule to add to a role. */
export function permissionOf(row: KindRow, namespace?: string): string {
  const where = row.namespaced && namespace !== undefined ? `in namespace ${namespace}` : 'in the cluster'
  return `list ${row.collection} ${where} (rule: apiGroups ["${row.group}"], resources ["${row.collection}"], verbs ["get", "list", "watch"]); it unlocks ${row.unlocks}`
}
