import { routes } from '@mintmark/contract/http'
import type { FingerprintKey } from '@mintmark/ledger/model'
import type { App } from '../server/environment.ts'
import { ProblemError } from '../server/problem-error.ts'

/** Hands the managed key to scanners over their authenticated channel (law 1: it is in no log, no list, and never beside fingerprints). */
export function mountFingerprintKey(app: App, key: FingerprintKey | undefined): void {
  app.openapi(routes.getFingerprintKey, (context) => {
    if (key === undefined) {
      throw new ProblemError('not-found', {
        detail: 'This control plane manages no fingerprint key.',
        remedy: 'Give the scanner one of your own, the same for all scanners: --fingerprint-key FILE',
      })
    }
    return context.json({ id: key.id, key: Buffer.from(key.bytes).toString('hex') }, 200)
  })
}
