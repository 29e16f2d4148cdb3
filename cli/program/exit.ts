/** Exit codes of every command; they never change meaning. */
export const EXIT = {
  /** The command did what it was asked. */
  done: 0,
  /** Something was found (`--fail-on`). */
  found: 1,
  /** The command failed and said why. */
  failed: 1,
  /** The command line itself is wrong. */
  usage: 2,
} as const
