import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const SECONDS = 2

/** Signatures and verifications a second that OpenSSL itself does with P-256, one thread, by processor time; undefined where there is no openssl. */
export async function opensslRates(): Promise<{ readonly sign: number; readonly verify: number } | undefined> {
  try {
    const { stdout } = await promisify(execFile)('openssl', ['speed', '-seconds', String(SECONDS), 'ecdsap256'])
    const [, sign, verify] = /\(nistp256\)\s+\S+\s+\S+\s+([\d.]+)\s+([\d.]+)/.exec(stdout) ?? []
    return sign === undefined || verify === undefined ? undefined : { sign: Number(sign), verify: Number(verify) }
  } catch {
    return undefined
  }
}
