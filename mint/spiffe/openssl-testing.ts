import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { certificatesToPem } from './pem.ts'

/** Whether OpenSSL's own command is missing. Says so loudly on a laptop, and fails where `CI=true`, so that a green run means that everything ran. */
export function opensslIsMissing(): boolean {
  if (spawnSync('openssl', ['version']).status === 0) return false
  const message = 'The command openssl is not on PATH: install the package openssl to have certificates verified by it.'
  if (process.env['CI'] === 'true') throw new Error(message)
  console.warn(`SKIPPED: ${message}`)
  return true
}

/** What `openssl verify -x509_strict` says of a chain, at a given moment. Throws with its output when it refuses. */
export function opensslVerify(chain: {
  readonly leaf: Uint8Array
  readonly intermediates: readonly Uint8Array[]
  readonly root: Uint8Array
  readonly at: Date
}): string {
  return inFolder((folder) => {
    const write = (name: string, certificates: readonly Uint8Array[]): string => {
      const path = join(folder, name)
      writeFileSync(path, certificatesToPem(certificates))
      return path
    }
    const untrusted = chain.intermediates.length === 0 ? [] : ['-untrusted', write('intermediates.pem', chain.intermediates)]
    const at = String(Math.floor(chain.at.getTime() / 1000))
    const trust = ['-CAfile', write('root.pem', [chain.root]), '-no-CApath', '-no-CAstore']
    return execFileSync('openssl', ['verify', '-x509_strict', '-check_ss_sig', '-attime', at, ...trust, ...untrusted, write('leaf.pem', [chain.leaf])], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  })
}

/** OpenSSL's word on a certification request. */
export function opensslVerifyRequest(der: Uint8Array): string {
  return execFileSync('openssl', ['req', '-inform', 'DER', '-verify', '-noout', '-text'], { input: der, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] })
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'mintmark-openssl-'))
  try {
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
