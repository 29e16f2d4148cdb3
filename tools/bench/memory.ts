import { readFile } from 'node:fs/promises'

const KIBIBYTE_BYTES = 1024
const MEBIBYTE_BYTES = 1024 * 1024

/** Largest resident memory that a process ever had, in MiB; Linux only. */
export async function peakMemoryMebibytes(pid: number | 'self' = 'self'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return (Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) * KIBIBYTE_BYTES) / MEBIBYTE_BYTES
}

const TICKS_PER_SECOND = 100

/** Processor seconds of a running process, all threads, in user and system mode; Linux only. */
export async function processorSeconds(pid: number): Promise<number> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name of the command stands in brackets and may hold blanks; user and system time are the 12th and 13th field after it.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}
