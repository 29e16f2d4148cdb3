import { setFlagsFromString } from 'node:v8'

/** How much the heap may grow over what is in use before it is swept. */
const HEAP_GROWING_PERCENT = 20

/**
 * Bounds the memory of a process that scans. Almost everything that a scan makes is garbage a moment later, and V8 would rather let hundreds of
 * megabytes of it lie than look for it. Here its nursery keeps the few megabytes that loading the program took instead of growing to 64,
 * and the rest grows by a fifth before it is swept.
 *
 * Both are settings of V8 that work while it runs, for the whole process: only a command line that does nothing else may ask for them.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`)
}
