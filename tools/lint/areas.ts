/** A room of the house: a folder, the name others import it by, and what it may import of ours. */
export interface Area {
  readonly folder: string
  readonly packageName: string
  /** Package names; a trailing `/*` stands for everything below. */
  readonly mayImport: readonly string[]
}

/**
 * The import table of docs/architecture.md, section 3. The longest folder that fits a file is its area.
 * Parts of `ledger` are areas of their own: what one needs of another goes through its door, too.
 */
export const AREAS: readonly Area[] = [
  { folder: 'contract/scan', packageName: '@mintmark/contract/scan', mayImport: [] },
  { folder: 'contract/http', packageName: '@mintmark/contract/http', mayImport: ['@mintmark/contract/scan'] },
  { folder: 'contract/grpc', packageName: '@mintmark/contract/grpc', mayImport: [] },
  { folder: 'mint/spiffe', packageName: '@mintmark/spiffe', mayImport: ['@mintmark/contract/grpc'] },
  { folder: 'mint/spiffe/workload-api', packageName: '@mintmark/spiffe/workload-api', mayImport: ['@mintmark/contract/grpc', '@mintmark/spiffe'] },
  { folder: 'mint/authority', packageName: '@mintmark/mint/authority', mayImport: ['@mintmark/contract/*', '@mintmark/spiffe'] },
  { folder: 'mint/attestation', packageName: '@mintmark/mint/attestation', mayImport: ['@mintmark/contract/*', '@mintmark/spiffe'] },
  {
    folder: 'mint/server',
    packageName: '@mintmark/mint/server',
    mayImport: ['@mintmark/contract/*', '@mintmark/spiffe', '@mintmark/spiffe/*', '@mintmark/mint/authority', '@mintmark/mint/attestation'],
  },
  {
    folder: 'mint/agent',
    packageName: '@mintmark/mint/agent',
    mayImport: ['@mintmark/contract/grpc', '@mintmark/spiffe', '@mintmark/mint/attestation'],
  },
  { folder: 'mint/controller', packageName: '@mintmark/mint/controller', mayImport: ['@mintmark/contract/*', '@mintmark/spiffe'] },
  { folder: 'ledger/model', packageName: '@mintmark/ledger/model', mayImport: ['@mintmark/contract/*'] },
  { folder: 'ledger/detection', packageName: '@mintmark/ledger/detection', mayImport: ['@mintmark/contract/*', '@mintmark/ledger/model'] },
  {
    folder: 'ledger/connectors/kubernetes',
    packageName: '@mintmark/ledger/connectors/kubernetes',
    mayImport: ['@mintmark/contract/*', '@mintmark/ledger/model', '@mintmark/ledger/detection'],
  },
  { folder: 'ledger/linking', packageName: '@mintmark/ledger/linking', mayImport: ['@mintmark/contract/*', '@mintmark/ledger/model'] },
  { folder: 'ledger/risk', packageName: '@mintmark/ledger/risk', mayImport: ['@mintmark/contract/*', '@mintmark/ledger/model'] },
  {
    folder: 'storage',
    packageName: '@mintmark/storage',
    mayImport: ['@mintmark/contract/*', '@mintmark/ledger/model', '@mintmark/spiffe', '@mintmark/mint/authority', '@mintmark/mint/server'],
  },
  {
    folder: 'control-plane',
    packageName: '@mintmark/control-plane',
    mayImport: ['@mintmark/contract/*', '@mintmark/ledger/*', '@mintmark/spiffe', '@mintmark/storage'],
  },
  {
    folder: 'cli',
    packageName: '@mintmark/cli',
    mayImport: ['@mintmark/contract/*', '@mintmark/ledger/*', '@mintmark/spiffe', '@mintmark/spiffe/*', '@mintmark/samples'],
  },
  { folder: 'samples', packageName: '@mintmark/samples', mayImport: [] },
  {
    folder: 'processes',
    packageName: '@mintmark/processes',
    mayImport: [
      '@mintmark/contract/*',
      '@mintmark/ledger/*',
      '@mintmark/spiffe',
      '@mintmark/mint/*',
      '@mintmark/storage',
      '@mintmark/control-plane',
      '@mintmark/cli',
      '@mintmark/samples',
    ],
  },
  {
    folder: 'tools',
    packageName: '@mintmark/tools',
    mayImport: [
      '@mintmark/contract/*',
      '@mintmark/ledger/*',
      '@mintmark/spiffe',
      '@mintmark/spiffe/*',
      '@mintmark/mint/*',
      '@mintmark/storage',
      '@mintmark/storage/*',
      '@mintmark/control-plane',
      '@mintmark/cli',
      '@mintmark/samples',
      '@mintmark/processes',
    ],
  },
]

/** Packages that only some areas may import, because the rest of the house must not depend on them. */
export const GUARDED_PACKAGES: readonly { readonly packageName: string; readonly areas: readonly string[]; readonly why: string }[] = [
  { packageName: 'kysely', areas: ['storage'], why: 'SQL is written in storage only; declare a port and get it from the process' },
  { packageName: 'pg', areas: ['storage', 'tools'], why: 'SQL is written in storage only; declare a port and get it from the process' },
  { packageName: 'node:ffi', areas: ['mint/agent'], why: 'foreign functions are for peer credentials only' },
]

/** What tests may import beside what their area may: real components and a database to test on. */
export const FOR_TESTS: readonly string[] = [
  '@mintmark/tools/*',
  '@mintmark/storage/testing',
  '@mintmark/spiffe/testing',
  '@mintmark/mint/authority/testing',
  '@mintmark/processes',
]
