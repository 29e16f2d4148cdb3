import { readFile } from 'node:fs/promises'

const KIBIBYTE_BYTES = 1024
const MEBIBYTE_BYTES = 1024 * 1024

/** Largest resident memory that a process ever had, in MiB; Linux only. */
export async function peakMemoryMebibytes(pid: number | 'self' = 'self'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return (Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) * KIBIBYTE_BYTES) / MEBIBYTE_BYTES
}
