import type { Mint } from '@mintmark/control-plane'
import { createAudit } from './audit.ts'
import { clusterOperations } from './clusters.ts'
import { configurationOperations } from './configuration.ts'
import { createDirectory } from './directory.ts'
import { federationOperations } from './federation.ts'
import { issuanceOperations } from './issuance.ts'
import { keysetOperations } from './keysets.ts'
import type { MintOperationsDependencies } from './served.ts'
import { trustDomainOperations } from './trust-domains.ts'

/** Mint as the control plane asks for it, over the trust domain server of this process and the database that all servers share. */
export function createMint(dependencies: MintOperationsDependencies): Mint {
  const directory = createDirectory(dependencies)
  return {
    operations: {
      ...trustDomainOperations(dependencies, directory),
      ...keysetOperations(dependencies, directory),
      ...clusterOperations(dependencies, directory),
      ...configurationOperations(directory),
      ...federationOperations(dependencies, directory),
      ...issuanceOperations(dependencies, directory),
    },
    audit: createAudit(dependencies),
  }
}
