import { cpus, totalmem } from 'node:os'

const GIBIBYTE_BYTES = 2 ** 30

/** One line that says on what a figure was measured. */
export function machineLine(): string {
  const [first] = cpus()
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / GIBIBYTE_BYTES)} GiB, Node ${process.versions.node}, V8 ${process.versions.v8}`
}
