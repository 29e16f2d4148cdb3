import type { Migration } from './migration.ts'

/** Finds what was issued in a place of a cluster, as a deployment of the inventory asks. The columns change with a workload's place only, so that renewals touch no index. */
export const issuedPlaces: Migration = {
  number: 3,
  name: 'issued-places',
  statements: [`create index mint_workload_of_place on mint_workload (namespace, service_account, cluster_id) where namespace is not null`],
}
