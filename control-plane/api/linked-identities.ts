import type { Identity } from '@mintmark/contract/http'
import type { Link } from '@mintmark/contract/scan'
import type { InventoryStore } from '@mintmark/storage'

/** Identities behind links, each once; a link to something that is no identity, such as the other half of a credential, keeps its words only. */
export async function resolveIdentities(
  inventory: Pick<InventoryStore, 'getIdentity'>,
  links: readonly Link[],
  asOf: number | undefined,
): Promise<{ link: Link; identity?: Identity }[]> {
  const resolved: { link: Link; identity?: Identity }[] = []
  for (const link of links) {
    const identity = await inventory.getIdentity(link.target, asOf)
    resolved.push({ link, ...(identity === undefined ? {} : { identity }) })
  }
  return resolved
}
