import { readFileSync } from 'node:fs'

/** Descriptors that the rest of the process needs: the server, its connections upwards, files, the listener itself. */
const RESERVED_DESCRIPTORS = 256
/** A socket and a pidfd. */
const DESCRIPTORS_PER_CONNECTION = 2

/**
 * Connections that fit into the descriptors this process may have; Node has raised its soft limit to the hard one.
 * Without the limit's file nothing is known, and everything fits.
 */
export function connectionsThatFit(limits = readLimits()): number {
  const match = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1]
  if (match === undefined || match === 'unlimited') return Number.POSITIVE_INFINITY
  return Math.max(1, Math.floor((Number(match) - RESERVED_DESCRIPTORS) / DESCRIPTORS_PER_CONNECTION))
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'latin1')
  } catch {
    return ''
  }
}
