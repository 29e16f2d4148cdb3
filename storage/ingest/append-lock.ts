/** Class of advisory locks, one for each source: chunks are stored one at a time, because two would write the same facts, and the sweep of facts waits its turn. */
export const APPEND_LOCK = 7_420
