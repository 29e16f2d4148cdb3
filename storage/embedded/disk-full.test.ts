import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { isUnavailable } from '../errors.ts'
import { completeCoverage, EXAMPLE_NOW, occurrenceLine, sendScan } from '../publishing/example-scans.ts'
import { startTestCluster } from '../testing.ts'

/** Bytes of the small disk: enough for an empty cluster and little more. */
const DISK = '160m'
const folder = mkdtempSync(path.join(os.tmpdir(), 'mintmark-disk-'))
const mounted = mountSmallDisk()

/** Mounting needs root; without it the law cannot be shown, which is said loudly. */
function mountSmallDisk(): boolean {
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'tmpfs', folder], { stdio: 'ignore' })
    return true
  } catch {
    process.stderr.write('SKIPPED: the test of a full disk needs the right to mount a tmpfs\n')
    return false
  }
}

afterAll(() => {
  if (mounted) execFileSync('/bin/umount', ['-l', folder])
  rmSync(folder, { recursive: true, force: true })
})

describe.skipIf(!mounted)('a full disk', () => {
  test('is a clear error, loses nothing, and is over when there is room again', async () => {
    const cluster = await startTestCluster({
      durable: true,
      folder: path.join(folder, 'cluster'),
      settings: { max_wal_size: '32MB', min_wal_size: '32MB', shared_buffers: '16MB' },
    })
    try {
      const store = await cluster.openFreshStore()
      const { id } = await store.integrations.create({ kind: 'kubernetes', name: 'example', publicKeyPem: 'key', now: EXAMPLE_NOW })
      await sendScan(store, id, [occurrenceLine('shop', 'settings', 'one'), ...completeCoverage()])
      const ballast = path.join(folder, 'ballast')
      await writeFile(ballast, Buffer.alloc(1_024)).then(() => fill(ballast))
      const lines = Array.from({ length: 3_000 }, (_, index) => occurrenceLine('shop', `object-${index}`, `secret ${index} ${'x'.repeat(500)}`))
      const failure: unknown = await sendScan(store, id, lines).then(
        () => undefined,
        (error: unknown) => error,
      )
      expect(isUnavailable(failure)).toBe(true)
      await rm(ballast)
      const retry = async (): Promise<void> => {
        await sendScan(store, id, lines).catch((error: unknown) => {
          if (!isUnavailable(error)) throw error
          return retry()
        })
      }
      await retry()
      const all = await store.inventory.listSecrets({ size: 1_000, namespace: 'shop' })
      expect(all.items).toHaveLength(1_000)
      expect((await store.inventory.listSecrets({ size: 10, asOf: 1 })).items).toHaveLength(1)
    } finally {
      await cluster.stop()
    }
  })
})

/** Writes until nothing more fits. */
function fill(file: string): void {
  const block = Buffer.alloc(64 * 1024)
  try {
    for (;;) appendFileSync(file, block)
  } catch {
    // It ends with an error exactly when the disk is full.
  }
}
