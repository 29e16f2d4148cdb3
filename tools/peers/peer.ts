/**
 * A real component that tests run against. It is obtained once by `npm run peers`, kept outside the repository,
 * and found again by the hash of its definition, so a changed lock file builds anew and an unchanged one costs nothing.
 */
export interface Peer {
  readonly name: string
  /** What the tests need it for, in a few words. */
  readonly purpose: string
  /** Everything that determines the result: versions, flags, contents of lock files. Its hash names the cache folder. */
  readonly lock: readonly string[]
  /** Executables, relative to the peer's folder. */
  readonly executables: Readonly<Record<string, string>>
  /** Commands that must be on PATH to obtain it, such as go or python3. */
  readonly needs: readonly string[]
  /** Skipped, also under `CI=true`, where one of these commands is missing; required where they are there. */
  readonly isOptional?: true
  /** What it costs on two cores when nothing is cached, for people who wait. */
  readonly cost: string
  /** Puts the executables below `folder`. Called by `npm run peers` only: tests never build or download. */
  readonly build: (folder: string, run: RunCommand) => Promise<void>
}

/** Runs a command to its end. @throws Error with the end of its output when it fails */
export type RunCommand = (
  command: string,
  args: readonly string[],
  options?: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> },
) => Promise<void>
