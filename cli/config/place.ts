import { UsageError } from '../program/usage-error.ts'
import type { Scope } from './commands.ts'

/** Parameters of the routes of configuration. @throws UsageError when a name is missing */
export function placeOf(scope: Scope, id: string | undefined): { readonly scope: Scope; readonly scopeId: string } {
  if (scope === 'org') return { scope, scopeId: id ?? 'default' }
  if (id !== undefined) return { scope, scopeId: id }
  throw new UsageError(`Which ${scope} is meant?`, `Name it: spirlctl config … ${scope} NAME`)
}
