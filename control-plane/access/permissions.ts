import type { Permission } from '@mintmark/contract/http'
import type { Principal } from '../server/environment.ts'

/** What each kind of caller may do; whatever is not here is refused. */
const GRANTS: Readonly<Record<Principal['kind'], ReadonlySet<Permission>>> = {
  administrator: new Set<Permission>([
    'session',
    'inventory.read',
    'integration.read',
    'integration.write',
    'scan.read',
    'mint.read',
    'mint.write',
    'mint.keys',
    'mint.issue',
  ]),
  scanner: new Set<Permission>(['session', 'scan.read', 'scan.append', 'scan.key']),
}

/** True when a caller of this kind holds the permission. */
export function mayDo(principal: Principal, permission: Permission): boolean {
  return GRANTS[principal.kind].has(permission)
}
