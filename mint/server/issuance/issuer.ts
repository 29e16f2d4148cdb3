import type { MintEvent } from '../ports.ts'
import type { Issuer, IssuerDependencies } from './asker.ts'
import { createRecorder } from './events.ts'
import { createJwtIssuer } from './jwt.ts'
import { createX509Issuer } from './x509.ts'

/** An issuer over the trust domain's authority: whatever is current when a batch comes signs all of it. */
export function createIssuer({
  record,
  trustDomainId,
  ...rest
}: Omit<IssuerDependencies, 'recorder'> & { readonly record: (event: MintEvent) => void; readonly trustDomainId: string }): Issuer {
  const dependencies = { ...rest, recorder: createRecorder(record, trustDomainId, rest.jwtIssuer) }
  return { issueX509: createX509Issuer(dependencies), issueJwt: createJwtIssuer(dependencies) }
}
