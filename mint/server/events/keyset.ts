import type { KeysetChange } from '@mintmark/mint/authority'
import type { MintEvent } from '../ports.ts'
import { eventId } from './id.ts'

/** `keyset_changed` for what the clock has done; what an administrator does is recorded with who it was. */
export function recordKeysetChange(change: KeysetChange, trustDomainId: string, at: Date, record: (event: MintEvent) => void): void {
  if (!change.automatic) return
  record({
    id: eventId(at),
    at: at.toISOString(),
    type: 'keyset_changed',
    trustDomainId,
    outcome: 'success',
    keysetId: change.keysetId,
    details: { action: change.action, actor: 'rotation' },
  })
}
