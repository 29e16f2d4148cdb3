import { trustDomainOf, type SpiffeId, type TrustDomain } from '@mintmark/spiffe'

/** Decides on a peer whose SVID is valid already. @returns why it may not, or undefined when it may */
export type Authorize = (id: SpiffeId) => string | undefined

/** Every peer of a trusted trust domain. */
export function authorizeAny(): Authorize {
  return () => undefined
}

/** These identities and no others. */
export function authorizeId(...ids: readonly SpiffeId[]): Authorize {
  const wanted = new Set(ids)
  return (id) => (wanted.has(id) ? undefined : `${id} is not the expected peer`)
}

/** Every identity of a trust domain. */
export function authorizeMemberOf(trustDomain: TrustDomain): Authorize {
  return (id) => (trustDomainOf(id) === trustDomain ? undefined : `${id} is not of trust domain ${trustDomain}`)
}
