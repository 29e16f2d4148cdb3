import type { Issuer, IssuerDependencies } from './asker.ts'
import { createJwtIssuer } from './jwt.ts'
import { createX509Issuer } from './x509.ts'

/** An issuer over the trust domain's authority: whatever is current when a batch comes signs all of it. */
export function createIssuer(dependencies: IssuerDependencies): Issuer {
  return { issueX509: createX509Issuer(dependencies), issueJwt: createJwtIssuer(dependencies) }
}
