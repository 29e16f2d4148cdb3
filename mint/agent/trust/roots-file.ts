import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { reasonOf, type Logger } from '../log.ts'

/** Largest file that is read back, in bytes. */
const ROOTS_BYTES_MAX = 1024 * 1024

/** The newest roots of the own trust domain on disk, so that an agent that starts again after a rotation still knows its server. Certificates only, never a key. */
export interface RootsFile {
  /** What was kept last, PEM; empty when there is nothing yet. */
  readonly kept: string
  readonly keep: (pem: string) => void
}

/** Reads what an earlier start has kept. A file that cannot be read or written costs a line in the log and nothing else. */
export function openRootsFile(path: string | undefined, log: Logger): RootsFile {
  if (path === undefined) return { kept: '', keep: () => undefined }
  let writing: Promise<void> = Promise.resolve()
  return {
    kept: readKept(path, log),
    keep(pem) {
      writing = writing
        .then(() => replaceFile(path, pem))
        .catch((error: unknown) => log.warn('The newest roots could not be kept', { path, reason: reasonOf(error) }))
    },
  }
}

function readKept(path: string, log: Logger): string {
  try {
    const pem = readFileSync(path, 'utf8')
    return pem.length <= ROOTS_BYTES_MAX && pem.startsWith('-----BEGIN CERTIFICATE-----') ? pem : ''
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      log.warn('The roots that were kept cannot be read', { path, reason: reasonOf(error) })
    return ''
  }
}

/** Whole or not at all, also when the machine stops in between. */
async function replaceFile(path: string, pem: string): Promise<void> {
  const next = `${path}.next`
  await writeFile(next, pem, { mode: 0o644 })
  await rename(next, path)
}
